"""Runs a gRPC server until SIGTERM or Ctrl+C."""

import os
import signal
from concurrent import futures

import grpc

import credentials
import flags


def serve(add_services, arguments, workers=20):
    # Blocked before there are threads, which inherit it, and waited for below. A Python handler could
    # come too late: what arrives just before the main thread falls asleep does not wake it.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
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
    print(f"listening on {address.rpartition(':')[0]}:{port}", flush=True)
    signal.sigwait(ends)
    server.stop(grace=1).wait(timeout=3)
    os._exit(0)  # grpcio 1.51 sometimes waits for ever for threads of its own
