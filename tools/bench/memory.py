"""Memory of what is idle: connections, streams, calls that wait for their answer."""

import os
import signal
import subprocess
import tempfile

from certificate import make_certificate
from contenders import CPP, FLOOR, GO, OURS
from programs import Process, Server, say

CONNECTIONS = 1000
STREAMS = 100       # on each of STREAM_CONNECTIONS
STREAM_CONNECTIONS = 100
WAITING = (10, 500)  # connections × calls


class Holder(Process):
    """A load client with --hold."""

    def __init__(self, command, server, *flags):
        super().__init__([*command, "--hold", *flags, "--port", server.port],
                         stdin=subprocess.PIPE)

    def reach(self, phase):
        self.wait_for_line(f"^{phase}$")

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def per_connection(server_command, client, connections=CONNECTIONS, flags=()):
    with Server(server_command) as server:
        with Holder(client, server, "--connections", 1, *flags) as first:
            first.reach("connected")  # what the first connection of all needs is no connection's
            before = server.settled_resident_bytes()
            with Holder(client, server, "--connections", connections, *flags) as holder:
                holder.reach("connected")
                return (server.settled_resident_bytes() - before) / connections


def per_stream(server_command, client, streams=STREAMS):
    with Server(server_command) as server:
        with Holder(client, server, "--rpc", "streaming", "--connections", STREAM_CONNECTIONS,
                    "--streams", streams) as holder:
            holder.reach("connected")
            before = server.settled_resident_bytes()
            holder.go_on()
            holder.reach("holding")
            return (server.settled_resident_bytes() - before) / (STREAM_CONNECTIONS * streams)


def per_waiting_call(floor_server, client):
    """In the client, while the server is stopped and answers nothing."""
    connections, calls = WAITING
    with Server(floor_server) as server, Holder(client, server, "--connections", connections,
                                                "--streams", calls) as holder:
        holder.reach("connected")
        before = holder.settled_resident_bytes()
        os.kill(server.pid, signal.SIGSTOP)
        holder.go_on()
        holder.reach("holding")
        return (holder.settled_resident_bytes() - before) / (connections * calls)


def measure(contenders):
    floor, ours = contenders.clients[FLOOR], contenders.clients[OURS]
    results = {"idle": {}, "connection": {}, "stream": {}, "tls_connection": {}, "waiting_call": {}}
    callback = CPP[2]
    for name in (FLOOR, OURS, callback, GO):
        if name not in contenders.servers:
            continue
        say(f"memory: {name}")
        command = contenders.servers[name]
        with Server(command) as server:
            results["idle"][name] = {"bytes": server.settled_resident_bytes(),
                                     "threads": server.threads()}
        results["connection"][name] = per_connection(command, floor)
        results["stream"][name] = per_stream(command, floor)
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(folder)
        for name in (OURS, callback, GO):
            if name not in contenders.servers:
                continue
            say(f"memory with TLS: {name}")
            results["tls_connection"][name] = per_connection(
                [*contenders.servers[name], "--tls", "--cert-file", certificate, "--key-file", key],
                ours, flags=("--tls", "--ca-file", certificate))
    results["waiting_call"][OURS] = per_waiting_call(contenders.servers[FLOOR], ours)
    return results
