"""Runs a gRPC server until SIGTERM or Ctrl+C."""

import os
import signal
import threading
from concurrent import futures

import grpc

import credentials
import flags


def serve(add_services, arguments, workers=20):
    options = list(arguments.channel_option)
    if arguments.max_concurrent_streams is not None:
        options.append(("grpc.max_concurrent_streams", arguments.max_concurrent_streams))
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=workers), options=options)
    add_services(server)
    address = flags.listen_address(arguments)
    protection = credentials.for_server(arguments)
    if protection is None:
        port = server.add_insecure_port(address)
    else:
        port = server.add_secure_port(address, protection)
    if port == 0:
        raise SystemExit(f"cannot listen on {address}")
    server.start()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    print(f"listening on {address.rpartition(':')[0]}:{port}", flush=True)
    over.wait()
    server.stop(grace=1).wait(timeout=3)
    os._exit(0)  # grpcio 1.51 sometimes waits for ever for threads of its own
