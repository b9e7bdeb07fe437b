"""Says hello to a helloworld.Greeter with the stock Python library and prints the replies."""

import argparse
import sys

import grpc

from helloworld import helloworld_pb2, helloworld_pb2_grpc

PATIENCE = 10  # seconds


def replies(stub, method, names):
    requests = [helloworld_pb2.HelloRequest(name=name) for name in names]
    call = getattr(stub, method)
    if method == "SayHello":
        return [call(request, timeout=PATIENCE) for request in requests]
    if method == "SayHelloStreamReply":
        return [reply for request in requests for reply in call(request, timeout=PATIENCE)]
    if method == "SayHelloBidiStream":
        return call(iter(requests), timeout=PATIENCE)
    return [call(iter(requests), timeout=PATIENCE)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["world"], metavar="NAME")
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--method", default="SayHello",
                        choices=["SayHello", "SayHelloStreamReply", "SayHelloBidiStream",
                                 "CollectNames"])
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.address) as channel:
        stub = helloworld_pb2_grpc.GreeterStub(channel)
        try:
            for reply in replies(stub, arguments.method, arguments.names):
                print(reply.message, flush=True)
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
