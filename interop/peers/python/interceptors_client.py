"""Greets twice with the stock Python library: without a token, then with one."""

import argparse
import sys

import grpc

from helloworld import helloworld_pb2, helloworld_pb2_grpc

PATIENCE = 10  # seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("name")
    parser.add_argument("token")
    arguments = parser.parse_args()
    request = helloworld_pb2.HelloRequest(name=arguments.name)
    with grpc.insecure_channel(arguments.address) as channel:
        stub = helloworld_pb2_grpc.GreeterStub(channel)
        try:
            stub.SayHello(request, timeout=PATIENCE)
            sys.exit("the call without a token was served")
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}")
            if error.code() != grpc.StatusCode.UNAUTHENTICATED:
                sys.exit("that is the wrong refusal")
        metadata = (("authorization", f"Bearer {arguments.token}"),)
        print(stub.SayHello(request, timeout=PATIENCE, metadata=metadata).message)


if __name__ == "__main__":
    main()
