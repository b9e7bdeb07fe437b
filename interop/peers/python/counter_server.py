"""Counts until the client leaves, on the stock Python library."""

import itertools
import threading
import time

import grpc

import counter_pb2
import counter_pb2_grpc

import flags
from serve import serve


class Counter(counter_pb2_grpc.CounterServicer):

    def __init__(self):
        self.numbers = itertools.count(1)

    def Count(self, request, context):
        if request.step <= 0:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "step has to be above 0")
        number, lines, gone = next(self.numbers), 0, threading.Event()
        context.add_callback(gone.set)
        print(f"request {number}: begins for {context.peer()}", flush=True)
        first = getattr(request, "from")  # a word of Python
        try:
            while not gone.is_set():
                now = time.strftime("%Y-%m-%d %H:%M:%S")
                yield counter_pb2.CountReply(line=f"{now}: count={first + lines}")
                lines += 1
                gone.wait(request.step)
        finally:
            print(f"request {number}: cancelled after {lines} lines", flush=True)


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    serve(lambda server: counter_pb2_grpc.add_CounterServicer_to_server(Counter(), server),
          parser.parse_args())


if __name__ == "__main__":
    main()
