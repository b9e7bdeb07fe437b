"""Time: CPU of a call, latency, bytes in a second. Contenders alternate, medians count."""

import os
import statistics
import tempfile
from contextlib import ExitStack

from certificate import make_certificate
from contenders import FLOOR, OURS, PYTHON
from programs import Failed, Server, pinned, run_load, say

STREAMS = (1, 100)
SIZES = {"64 KiB": 64 << 10, "1 MiB": 1 << 20}
DIRECTIONS = ("from_server", "from_client")
BOTH_WAYS = "both_ways"
CANNED = "--canned"  # the floor's client, at next to no cost for itself


class Clock:
    """How often and how long each measurement runs."""

    def __init__(self, quick):
        self.rounds = 2 if quick else 5
        self.seconds = 0.5 if quick else 1.0


def one_core():
    """The core that server and client share where one is measured: the last, which idles most."""
    return max(os.sched_getaffinity(0))


def medians(samples):
    """[{figure: value}] to {figure: median}"""
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


def _start_all(stack, servers, core):
    return {name: stack.enter_context(Server(pinned(command, core)))
            for name, command in servers.items()}


def _call_sample(server, client_command, core, streams, seconds, connections=1, rpc="unary"):
    before = server.cpu_seconds()
    figures = run_load(pinned([*client_command, "--port", server.port, "--rpc", rpc,
                               "--connections", connections, "--streams", streams,
                               "--seconds", seconds], core))
    calls = figures["calls"]
    return {"server_us": 1e6 * (server.cpu_seconds() - before) / calls,
            "client_us": 1e6 * figures["cpu_seconds"] / calls,
            "calls_per_second": figures["calls_per_second"],
            **{name: figures["latency_us"][name] for name in ("p50", "p99", "p99.9")}}


def _calls(what, servers, client, shapes, core, how, rpc="unary"):
    """{name: {shape: figures}} of shapes {shape: (connections, calls at a time on each)}."""
    samples = {name: {shape: [] for shape in shapes} for name in servers}
    with ExitStack() as stack:
        running = _start_all(stack, servers, core)
        for turn in range(how.rounds):
            say(f"{what}: {turn + 1} of {how.rounds}")
            for shape, (connections, streams) in shapes.items():
                for name, server in running.items():
                    samples[name][shape].append(_call_sample(server, client, core, streams,
                                                             how.seconds, connections, rpc))
    return {name: {shape: medians(of) for shape, of in by_shape.items()}
            for name, by_shape in samples.items()}


def _crossed(*shapes):
    return {f"{connections}×{streams}": (connections, streams) for connections, streams in shapes}


ONE_CONNECTION = {str(streams): (1, streams) for streams in STREAMS}


def servers_on_one_core(contenders, how, rpc="unary"):
    """{name: {"1" or "100": figures}} with the floor client as the load, all on one core. Of
    streaming, a message there and back is what a call is."""
    return _calls(f"{rpc} calls, servers on one core", contenders.servers,
                  contenders.clients[FLOOR], ONE_CONNECTION, one_core(), how, rpc)


def clients_on_one_core(contenders, how):
    """The same of the clients, against the floor server."""
    core = one_core()
    samples = {name: {str(s): [] for s in STREAMS} for name in contenders.clients}
    with Server(pinned(contenders.servers[FLOOR], core)) as server:
        for turn in range(how.rounds):
            say(f"unary calls, clients on one core: {turn + 1} of {how.rounds}")
            for streams in STREAMS:
                for name, client in contenders.clients.items():
                    samples[name][str(streams)].append(
                        _call_sample(server, client, core, streams, how.seconds))
    return {name: {streams: medians(of) for streams, of in by_streams.items()}
            for name, by_streams in samples.items()}


def throughput(contenders, how):
    """Calls in a second on all cores, one connection with 100 streams and eight of them."""
    return _calls("unary calls on all cores", contenders.servers, contenders.clients[FLOOR],
                  _crossed((1, 100), (8, 100)), None, how)


def threads(contenders, how):
    """{name: figures} of servers on all cores, with one thread and with more of them; the client is
    canned, because one that works would take the other core for itself."""
    many = [*contenders.servers[OURS], "--threading", "many", "--threads"]
    servers = {FLOOR: contenders.servers[FLOOR], OURS: contenders.servers[OURS]}
    for count in range(1, len(os.sched_getaffinity(0)) + 1):
        servers[f"{OURS}, threading::many, {count} thread{'s' if count > 1 else ''}"] = [*many,
                                                                                       count]
    figures = _calls("threads", servers, [*contenders.clients[FLOOR], CANNED],
                     _crossed((8, 100)), None, how)
    return {name: by["8×100"] for name, by in figures.items()}


def over_tls(contenders, how):
    """As servers_on_one_core(), over TLS, with our client: the floor has none."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = make_certificate(folder)
        client = [*contenders.clients[OURS], "--tls", "--ca-file", certificate]
        servers = {name: [*command, "--tls", "--cert-file", certificate, "--key-file", key]
                   for name, command in contenders.servers.items() if name not in (FLOOR, PYTHON)}
        return _calls("unary calls over TLS", servers, client, ONE_CONNECTION, one_core(), how)


def scale(contenders, how):
    """CPU of a call on one core for more and more calls at a time, in the floor and in ours. The
    client is canned, so that its own memory stays out of the caches."""
    shapes = _crossed((1, 1), (1, 10), (1, 100), (10, 100), (100, 100), (1000, 10))
    return _calls("scale", {name: contenders.servers[name] for name in (FLOOR, OURS)},
                  [*contenders.clients[FLOOR], CANNED], shapes, one_core(), how)


def open_loop(contenders, how, rate=2000):
    """Latency at a fixed rate, by our client, from when each call was meant to begin."""
    samples = {}
    with ExitStack() as stack:
        running = _start_all(stack, {name: command for name, command in contenders.servers.items()
                                     if name != PYTHON}, None)
        for turn in range(how.rounds):
            say(f"latency at {rate} calls a second: {turn + 1} of {how.rounds}")
            for name, server in running.items():
                figures = run_load([*contenders.clients[OURS], "--port", server.port, "--rate",
                                    rate, "--streams", 100, "--seconds", how.seconds])
                samples.setdefault(name, []).append(
                    {key: figures["latency_us"][key] for key in ("p50", "p99", "p99.9")})
    return {"rate": rate, "servers": {name: medians(of) for name, of in samples.items()}}


def streaming(contenders, how):
    """{name: {"from_server 64 KiB": {"gb_per_second", "server_us"}}}, one stream, all cores. Of
    both ways at once, messages of both count."""
    servers = {name: command for name, command in contenders.servers.items() if name != PYTHON}
    samples = {name: {} for name in servers}
    with ExitStack() as stack:
        running = _start_all(stack, servers, None)
        for turn in range(how.rounds):
            say(f"streams of large messages: {turn + 1} of {how.rounds}")
            for direction in (*DIRECTIONS, BOTH_WAYS):
                for size_name, size in SIZES.items():
                    for name, server in running.items():
                        samples[name].setdefault(f"{direction} {size_name}", []).append(
                            _stream_sample(server, contenders.clients[FLOOR], direction, size,
                                           how.seconds))
    return {name: {key: medians(of) for key, of in by.items()} for name, by in samples.items()}


def _stream_sample(server, client, direction, size, seconds):
    sizes = {"from_server": (0, size), "from_client": (size, 0), BOTH_WAYS: (size, size)}[direction]
    before = server.cpu_seconds()
    figures = run_load([*client, "--port", server.port, "--rpc", direction, "--request-size",
                        sizes[0], "--response-size", sizes[1], "--seconds", seconds])
    if not figures["calls"]:
        raise Failed(f"{server.command}: no message was moved")
    return {"gb_per_second": figures["bytes_per_second"] / 1e9,
            "server_us": 1e6 * (server.cpu_seconds() - before) / figures["calls"]}
