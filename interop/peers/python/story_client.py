"""Listens to a story on the stock Python library and says how the call ended."""

import argparse

import grpc

import assistant_pb2
import assistant_pb2_grpc

PATIENCE = 60  # seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--user-name", default="Peter")
    parser.add_argument("--institution", default="SUSTech")
    parser.add_argument("--save", required=True, help="write what came into this file")
    arguments = parser.parse_args()
    request = assistant_pb2.TellStoryRequest(user_name=arguments.user_name,
                                             institution=arguments.institution)
    with grpc.insecure_channel(arguments.address) as channel, open(arguments.save, "wb") as file:
        call = assistant_pb2_grpc.AssistantServiceStub(channel).TellStory(request, timeout=PATIENCE)
        pieces = 0
        try:
            for response in call:
                file.write(response.text_chunk)
                pieces += 1
        except grpc.RpcError:
            pass  # how it ended is told below
        print(f"{call.code().name}: {call.details()}; {pieces} pieces")


if __name__ == "__main__":
    main()
