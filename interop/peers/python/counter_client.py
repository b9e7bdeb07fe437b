"""Shows what a counter on a server says, until Ctrl+C, on the stock Python library."""

import argparse
import signal
import sys

import grpc

import counter_pb2
import counter_pb2_grpc


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--step", type=float, default=1, help="seconds")
    arguments = parser.parse_args()
    # `from` is a word of Python, so it cannot be written as a named argument.
    request = counter_pb2.CountRequest(**{"from": arguments.first, "step": arguments.step})
    with grpc.insecure_channel(arguments.address) as channel:
        call = counter_pb2_grpc.CounterStub(channel).Count(request)
        signal.signal(signal.SIGINT, lambda *_: call.cancel())
        try:
            for reply in call:
                print(reply.line, flush=True)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.CANCELLED:
                sys.exit(f"{error.code().name}: {error.details()}")
            print("stopped", flush=True)


if __name__ == "__main__":
    main()
