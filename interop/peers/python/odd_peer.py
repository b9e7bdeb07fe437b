"""helloworld.Greeter on the stock Python library, behaving as tests of ours want it.

    odd_peer.py slow-client ADDRESS     begins SayHelloStreamReply, reads one reply, then no more
    odd_peer.py slow-server             its CollectNames never reads
    odd_peer.py deflate-client ADDRESS  SayHello compressed with deflate
    odd_peer.py deflate-server          compresses its replies with deflate
    odd_peer.py flaky-server            refuses two SayHello of three, and says when to try again
    odd_peer.py retry-client ADDRESS    SayHello with a retry policy
    odd_peer.py stuck-server            its SayHello never answers; prints what attempt came, and
                                        `cancelled` when the caller has had enough

Servers print their port. All but deflate-client and retry-client stay until their standard input ends.
"""

import os
import sys
import threading
from concurrent import futures

import grpc
from helloworld import helloworld_pb2, helloworld_pb2_grpc


class Greeter(helloworld_pb2_grpc.GreeterServicer):

    def SayHello(self, request, context):
        return helloworld_pb2.HelloReply(message=f"Hello {request.name}")

    def CollectNames(self, request_iterator, context):
        threading.Event().wait()


class FlakyGreeter(Greeter):
    """Its reply says which attempts it has seen."""

    def __init__(self):
        self.seen = []

    def SayHello(self, request, context):
        before = dict(context.invocation_metadata()).get("grpc-previous-rpc-attempts", "none")
        self.seen.append(before)
        if len(self.seen) % 3 != 0:
            context.set_trailing_metadata((("grpc-retry-pushback-ms", "1"),))
            context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        return helloworld_pb2.HelloReply(message=" ".join(self.seen[-3:]))


def tell(line):
    """At once and whole: several threads do."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


class StuckGreeter(Greeter):

    def SayHello(self, request, context):
        before = dict(context.invocation_metadata()).get("grpc-previous-rpc-attempts", "none")
        tell(f"attempt after {before}")
        cancelled = threading.Event()
        if context.add_callback(cancelled.set):
            cancelled.wait()
        tell("cancelled")
        return helloworld_pb2.HelloReply(message="too late")


def stay():
    sys.stdin.read()
    os._exit(0)


def slow_client(address):
    stub = helloworld_pb2_grpc.GreeterStub(grpc.insecure_channel(address))
    replies = stub.SayHelloStreamReply(helloworld_pb2.HelloRequest(name="x"))
    next(replies)
    print("reads no more", flush=True)
    stay()


def deflate_client(address):
    stub = helloworld_pb2_grpc.GreeterStub(grpc.insecure_channel(address))
    reply = stub.SayHello(helloworld_pb2.HelloRequest(name="x" * 2000),
                          compression=grpc.Compression.Deflate, timeout=20)
    print(reply.message, flush=True)


def retry_client(address):
    config = """{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 4,
        "initialBackoff": "0.01s", "maxBackoff": "0.1s", "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]}}]}"""
    channel = grpc.insecure_channel(address, options=(("grpc.service_config", config),))
    stub = helloworld_pb2_grpc.GreeterStub(channel)
    print(stub.SayHello(helloworld_pb2.HelloRequest(name="x"), timeout=20).message, flush=True)


def server(compression=None, greeter=Greeter):
    made = grpc.server(futures.ThreadPoolExecutor(max_workers=4), compression=compression)
    helloworld_pb2_grpc.add_GreeterServicer_to_server(greeter(), made)
    port = made.add_insecure_port("127.0.0.1:0")
    made.start()
    print(port, flush=True)
    stay()


def main():
    roles = {
        "slow-client": slow_client,
        "slow-server": server,
        "deflate-client": deflate_client,
        "deflate-server": lambda: server(grpc.Compression.Deflate),
        "flaky-server": lambda: server(greeter=FlakyGreeter),
        "retry-client": retry_client,
        "stuck-server": lambda: server(greeter=StuckGreeter),
    }
    roles[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
