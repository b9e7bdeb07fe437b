"""Asks a gpt.Greeter on the stock Python library and shows the answer as it comes."""

import argparse
import sys

import grpc

import gpt_pb2
import gpt_pb2_grpc


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("question")
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--deadline", type=float, default=60, help="seconds")
    parser.add_argument("--whole", action="store_true", help="ask for the answer in one message")
    arguments = parser.parse_args()
    request = gpt_pb2.GPTRequest(content=arguments.question)
    with grpc.insecure_channel(arguments.address) as channel:
        stub = gpt_pb2_grpc.GreeterStub(channel)
        try:
            if arguments.whole:
                print(stub.GetGPTMessage(request, timeout=arguments.deadline).message)
                return
            for token in stub.GetGPTStreamData(request, timeout=arguments.deadline):
                print(token.message, end="", flush=True)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
