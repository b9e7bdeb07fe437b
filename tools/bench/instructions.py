"""User-space instructions and allocations of a unary call, by callgrind.

A program runs under callgrind for a few calls and for many; the difference, divided by the
difference in calls, is what one call costs. Start-up and shut-down cancel out, and the figures
repeat to about a per cent with the same compiler and libraries.
"""

import re
import tempfile
from pathlib import Path

import callgrind
from programs import LOCAL, Failed, Server, run, say

PATH = "/grpc.testing.BenchmarkService/UnaryCall"
FLOOR = "floor"
OURS = "grpcwire"
SERVERS = {
    FLOOR: ["bench_floor"],
    OURS: ["bench_server", "--threading", "one"],
    "grpcwire-metrics": ["bench_server", "--threading", "one", "--metrics"],
    "grpcwire-strand": ["bench_server", "--threading", "many", "--threads", "1"],
}
CLIENTS = {FLOOR: ["bench_floor", "client"], OURS: ["bench_client"]}
STREAMS = (1, 100)
COUNTS = (2000, 10000)
SIZE = 16
# Calls between these and from inside libc are one allocation.
ALLOCATIONS = r"malloc|calloc|realloc|aligned_alloc|memalign|posix_memalign"
ALLOCATOR = r"libc\.so"
# For the question who asks, operator new passes on what others want.
ALLOCATIONS_OR_NEW = ALLOCATIONS + r"|operator new.*"
ALLOCATOR_OR_NEW = r"lib(c|stdc\+\+)\.so"


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def message_field(number, content):
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def framed(message):
    """With gRPC's five bytes in front."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def payload(size):
    return message_field(2, bytes(size)) if size else b""


def request_of(size):
    """A SimpleRequest with a payload of this size that asks for as much."""
    response_size = b"\x10" + varint(size) if size else b""
    return framed(response_size + message_field(3, payload(size)))


def response_of(size):
    return framed(message_field(1, payload(size)))


def under_callgrind(command, out):
    return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *map(str, command)]


def drive(port, request_file, size, streams, calls):
    """Makes the calls with h2load, and makes sure that each of them was answered rightly."""
    address = f"http://{LOCAL}:{port}{PATH}"
    headers = ["-H", "content-type: application/grpc", "-H", "te: trailers", "-d",
               str(request_file)]
    if "grpc-status: 0" not in run(["nghttp", "-v", *headers, address]):
        raise Failed("a call did not end with grpc-status 0")
    report = run(["h2load", "-c1", f"-m{streams}", f"-n{calls}", *headers, address])
    succeeded = re.search(r"(\d+) succeeded", report)
    data = re.search(r"\((\d+)\) data", report)
    expected = calls * len(response_of(size))
    if not succeeded or int(succeeded.group(1)) != calls or not data:
        raise Failed(f"not every call succeeded:\n{report}")
    if int(data.group(1)) != expected:
        raise Failed(f"the responses have {data.group(1)} bytes, not {expected}:\n{report}")


def server_profile(command, streams, counts, size=SIZE):
    """What one call costs this server, with h2load as the client."""
    profiles = []
    with tempfile.TemporaryDirectory() as folder:
        request_file, out = Path(folder, "request"), Path(folder, "callgrind.out")
        request_file.write_bytes(request_of(size))
        for calls in counts:
            out.unlink(missing_ok=True)
            with Server(under_callgrind(command, out)) as server:
                drive(server.port, request_file, size, streams, calls)
            if server.process.returncode:
                raise Failed(f"{command[0]} ended with {server.process.returncode}")
            profiles.append(callgrind.read(out))
    return profiles[1].per_call(profiles[0], counts[1] - counts[0])


def client_profile(command, floor_server, streams, counts, size=SIZE):
    """What one call costs this client, with the floor as the server."""
    profiles = []
    with tempfile.TemporaryDirectory() as folder, Server(floor_server) as server:
        out = Path(folder, "callgrind.out")
        for calls in counts:
            out.unlink(missing_ok=True)
            run(under_callgrind([*command, "--port", server.port, "--streams", streams, "--calls",
                                 calls, "--request-size", size, "--response-size", size], out))
            profiles.append(callgrind.read(out))
    return profiles[1].per_call(profiles[0], counts[1] - counts[0])


def figures_of(profile):
    return {"instructions": round(profile.total),
            "allocations": round(profile.calls_from_outside(ALLOCATIONS, ALLOCATOR), 2)}


def measure(bin_folder, servers=(FLOOR, OURS), clients=(FLOOR, OURS), counts=COUNTS,
            on_profile=None):
    """{"server": {name: {"1": {"instructions", "allocations"}, "100": …}}, "client": …}"""
    floor_server = [Path(bin_folder, "bench_floor")]
    results = {"server": {}, "client": {}}
    jobs = [("server", name, SERVERS[name]) for name in servers]
    jobs += [("client", name, CLIENTS[name]) for name in clients]
    for side, name, (program, *flags) in jobs:
        command = [Path(bin_folder, program), *flags]
        results[side][name] = {}
        for streams in STREAMS:
            say(f"instructions: {side} {name} 1×{streams}")
            if side == "server":
                profile = server_profile(command, streams, counts)
            else:
                profile = client_profile(command, floor_server, streams, counts)
            results[side][name][str(streams)] = figures_of(profile)
            if on_profile:
                on_profile(side, name, streams, profile)
    return results


def ratios(results):
    """{"server 1×1": ours ÷ floor, …}"""
    return {f"{side} 1×{streams}": results[side][OURS][str(streams)]["instructions"] /
            results[side][FLOOR][str(streams)]["instructions"]
            for side in ("server", "client") for streams in STREAMS}


def print_table(results):
    for side, names in results.items():
        if not names:
            continue
        print(f"{side:18}" + "".join(f"{f'instructions 1×{s}':>22}{'÷ floor':>9}{'allocations':>13}"
                                    for s in STREAMS))
        for name, by_streams in names.items():
            line = f"{name:18}"
            for streams in map(str, STREAMS):
                mine = by_streams[streams]
                floor = names.get(FLOOR, {}).get(streams)
                ratio = f"{mine['instructions'] / floor['instructions']:.2f}" if floor else ""
                line += f"{mine['instructions']:>22,.0f}{ratio:>9}{mine['allocations']:>13.2f}"
            print(line)


def print_costs(title, costs, count, calls=None, digits=0):
    print(f"\n{title}")
    for key, cost in sorted(costs.items(), key=lambda item: -item[1])[:count]:
        obj, name = key if isinstance(key, tuple) else (key, "")
        often = f"{calls.get(key, 0):8.2f}×" if calls is not None else ""
        print(f"{cost:10,.{digits}f}{often}  {obj:22.22} {name[:170]}")


def print_profile(what, profile, count):
    print_costs(f"{what}: by library", profile.by_object(), 12)
    print_costs(f"{what}: exclusive", profile.exclusive, count, profile.calls)
    print_costs(f"{what}: inclusive", profile.inclusive, count, profile.calls)
    allocations = profile.callers(ALLOCATIONS_OR_NEW, ALLOCATOR_OR_NEW)
    print_costs(f"{what}: allocations", allocations, count, digits=2)
