"""Greets with the stock Python library and prints what an error says, as examples/errors does."""

import argparse
import sys

import grpc
from google.rpc import error_details_pb2, status_pb2

from helloworld import helloworld_pb2, helloworld_pb2_grpc

PATIENCE = 10  # seconds


def explain(error):
    print(f"{error.code().name}: {error.details()}")
    for key, value in error.trailing_metadata():
        if key != "grpc-status-details-bin":
            continue
        status = status_pb2.Status.FromString(value)
        if status.code != error.code().value[0] or status.message != error.details():
            sys.exit(f"the details disagree with the status: {status}")
        for detail in status.details:
            bad, info = error_details_pb2.BadRequest(), error_details_pb2.ErrorInfo()
            if detail.Unpack(bad):
                for violation in bad.field_violations:
                    print(violation.field, violation.description)
            elif detail.Unpack(info):
                print(f"{info.domain}: {info.reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", default="localhost:50051")
    parser.add_argument("name", nargs="?", default="")
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.address) as channel:
        stub = helloworld_pb2_grpc.GreeterStub(channel)
        try:
            request = helloworld_pb2.HelloRequest(name=arguments.name)
            print(stub.SayHello(request, timeout=PATIENCE).message)
        except grpc.RpcError as error:
            explain(error)


if __name__ == "__main__":
    main()
