"""Calls on the stock Python library that leave a connection alone for a while: what becomes of them
is told by the options of both sides.

Prints one line for each call, its status and message, and OK for those that went well.
"""

import argparse
import time

import grpc

import generated  # noqa: F401, must come before grpc.testing
from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc

import flags

PATIENCE = 20  # seconds


def quiet(stub, arguments):
    """One call that says nothing for so long."""
    request = messages_pb2.StreamingOutputCallRequest(response_parameters=[
        messages_pb2.ResponseParameters(size=1, interval_us=arguments.milliseconds * 1000)])
    list(stub.StreamingOutputCall(request, timeout=PATIENCE))


def busy(stub, arguments):
    """Small calls, one after the other, for so long."""
    end = time.monotonic() + arguments.milliseconds / 1e3
    while time.monotonic() < end:
        stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE)


def pausing(stub, arguments):
    """Two small calls with a pause between them."""
    stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE)
    time.sleep(arguments.milliseconds / 1e3)
    stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("habit", choices=["quiet", "busy", "pausing"])
    parser.add_argument("--milliseconds", type=int, default=1000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--channel_option", type=flags.channel_option, action="append", default=[])
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.target, options=arguments.channel_option) as channel:
        stub = test_pb2_grpc.TestServiceStub(channel)
        for _ in range(arguments.times):
            try:
                {"quiet": quiet, "busy": busy, "pausing": pausing}[arguments.habit](stub, arguments)
                print("OK", flush=True)
            except grpc.RpcError as error:
                print(f"{error.code().name}: {error.details()}", flush=True)


if __name__ == "__main__":
    main()
