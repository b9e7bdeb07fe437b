"""A load client of grpc.testing.BenchmarkService on the stock Python library: unary calls, with the
flags of tools/bench/client.cpp. A thread for each call at a time."""

import argparse
import json
import threading
import time

import grpc

import generated  # noqa: F401, must come before grpc.testing
from grpc.testing import benchmark_service_pb2_grpc, messages_pb2


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=50051, help="on 127.0.0.1")
    parser.add_argument("--rpc", choices=["unary"], default="unary")
    parser.add_argument("--request-size", type=int, default=16, help="bytes of the payload")
    parser.add_argument("--response-size", type=int, default=16, help="bytes of the payload")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--streams", type=int, default=1, help="calls at a time on each")
    parser.add_argument("--seconds", type=float, default=1, help="how long calls begin")
    parser.add_argument("--json", help="write the figures to this file as well")
    return parser.parse_args()


def call_until(end, stub, request, response_size, took):
    """Call after call; adds to `took` how long each took."""
    begun = time.perf_counter()
    while begun < end:
        response = stub.UnaryCall(request)
        if len(response.payload.body) != response_size:
            raise SystemExit(f"a response of {len(response.payload.body)} bytes")
        now = time.perf_counter()
        took.append(now - begun)
        begun = now


def main():
    args = parse()
    request = messages_pb2.SimpleRequest(
        response_size=args.response_size,
        payload=messages_pb2.Payload(body=bytes(args.request_size)))
    channels = [grpc.insecure_channel(f"127.0.0.1:{args.port}",
                                      options=[("grpc.use_local_subchannel_pool", 1)])
                for _ in range(args.connections)]
    for channel in channels:
        grpc.channel_ready_future(channel).result(timeout=10)
    started = time.perf_counter()
    took, threads = [], []
    for channel in channels:
        stub = benchmark_service_pb2_grpc.BenchmarkServiceStub(channel)
        for _ in range(args.streams):
            threads.append(threading.Thread(target=call_until, args=(
                started + args.seconds, stub, request, args.response_size, took)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.perf_counter() - started
    if not took:
        raise SystemExit("no call succeeded")

    took.sort()
    figures = {
        "rpc": args.rpc, "connections": args.connections, "streams": args.streams,
        "seconds": passed, "calls": len(took), "calls_per_second": len(took) / passed,
        "bytes_per_second": len(took) * (args.request_size + args.response_size) / passed,
        "latency_us": {name: 1e6 * took[int(share * (len(took) - 1))] for name, share in
                       (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1))}}
    text = json.dumps(figures, indent=2)
    print(text)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main()
