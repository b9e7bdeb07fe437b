"""Row 14 (b): a balancer for calls that knows no service, between clients and servers of all kinds."""

import os
import re

import running
from running import (CPP_PEERS, Program, Server, fails, go_peer, ours, python_peer, run, succeeds)
from stock_proxies import AtPort

# Of the official cases those that are about calls. The others are about one connection, which ends at
# the proxy: max_concurrent_streams_connection_scaling counts connections, connection_backoff has them
# closed, goaway, rst_*, ping, max_streams and data_frame_padding send odd frames, client_certificate
# and call_credentials want TLS up to the server.
ONE_MESSAGE = ["empty_unary", "large_unary", "custom_metadata", "status_code_and_message",
               "special_status_message", "unimplemented_method", "unimplemented_service"]
STREAMS = ["client_streaming", "server_streaming", "ping_pong", "empty_stream", "cancel_after_begin",
           "cancel_after_first_response", "timeout_on_sleeping_server"]
COMPRESSED = ["client_compressed_unary", "server_compressed_unary", "client_compressed_streaming",
              "server_compressed_streaming"]
OWN = ["half_duplex", "pick_first_unary", "rpc_soak", "channel_soak", "orca_per_rpc", "orca_oob"]


def proxy_for(*backends):
    addresses = ",".join(f"127.0.0.1:{server.port}" for server in backends)
    return Server(ours("proxy") + ["--port", "0", "--backends", addresses, "--log"])


def greeter(name, port=0):
    return Server(ours("balancing_server") + ["--port", str(port), "--name", name])


def stock_cpp(name):
    if not os.access(CPP_PEERS / name, os.X_OK):
        raise running.Skipped(f"{name} is not built: libgrpc++-dev and protobuf-compiler-grpc are needed")
    return [str(CPP_PEERS / name)]


def pass_through(client, server, cases):
    """The interop cases, one after the other; all that fail are told of."""
    pass_to(client, Server(server + ["--port=0"]), cases)


def pass_to(client, behind, cases):
    proxy = proxy_for(behind)
    failed = []
    for case in cases:
        patience = ["--soak_per_iteration_max_acceptable_latency_ms=30000"] if "soak" in case else []
        code, out, err = run(client + ["--server_host=127.0.0.1", f"--server_port={proxy.port}",
                                       f"--test_case={case}", *patience])
        if code != 0:
            failed.append(f"{case} ({code}): {out}{err}")
    assert not failed, "\n".join(failed)
    proxy.ends_cleanly()


def interop_cases():
    pass_through(ours("interop_client"), ours("interop_server"),
                 ONE_MESSAGE + STREAMS + COMPRESSED + OWN)


def interop_cases_stock_cpp_on_both_sides():
    pass_through(stock_cpp("stock_client"), stock_cpp("stock_server"),
                 ONE_MESSAGE + STREAMS + COMPRESSED)


def interop_cases_stock_python_and_cpp():
    pass_through(python_peer("interop_client.py"), stock_cpp("stock_server"), ONE_MESSAGE + STREAMS)


def interop_cases_stock_cpp_and_python():
    pass_through(stock_cpp("stock_client"), python_peer("interop_server.py"), ONE_MESSAGE + STREAMS)


def interop_cases_stock_go_on_both_sides():
    client, server = go_peer("client"), go_peer("server")
    pass_to(client, AtPort(lambda port: server + [f"--port={port}"]), ONE_MESSAGE + STREAMS)


# The interop server echoes the user-agent when it is asked to. Without stubs, messages are bytes.
ECHO_USER_AGENT = """
import sys, grpc
with grpc.insecure_channel(sys.argv[1]) as channel:
    call = channel.unary_unary("/grpc.testing.TestService/UnaryCall")
    _, info = call.with_call(b"", metadata=[("x-grpc-test-echo-useragent", "1")], timeout=30)
    print(dict(info.initial_metadata())["x-grpc-test-echo-useragent"])
"""


def the_user_agent_of_the_caller():
    behind = Server(ours("interop_server") + ["--port=0"])
    proxy = proxy_for(behind)
    python = python_peer("")[0]
    succeeds([python, "-c", ECHO_USER_AGENT, proxy.address], "grpc-python/")
    proxy.ends_cleanly()


def four_kinds_between_python_peers():
    behind = [Server(python_peer("hello_server.py") + ["--port=0"]) for _ in range(2)]
    proxy = proxy_for(*behind)
    client = python_peer("hello_client.py") + ["--address", proxy.address]
    succeeds(client + ["Ada", "Ben"], "Hello Ada\nHello Ben\n")
    succeeds(client + ["--method", "SayHelloStreamReply", "Ada"],
             "Hello Ada, 1\nHello Ada, 2\nHello Ada, 3\n")
    succeeds(client + ["--method", "CollectNames", "Ada", "Ben"], "Hello Ada, Ben\n")
    succeeds(client + ["--method", "SayHelloBidiStream", "Ada", "Ben"], "Hello Ada\nHello Ben\n")
    proxy.ends_cleanly()


def calls_of_one_client_reach_all_servers():
    servers = {name: greeter(name) for name in ("one", "two", "three")}
    proxy = proxy_for(*servers.values())
    one_connection = ours("balancing_client") + ["--backends", proxy.address, "--policy", "pick_first",
                                                 "--time-scale", "0.02"]
    program = Program(one_connection)
    for name in servers:
        program.expect(f"from {name} ")
    program.ends_cleanly()
    # Now that it has three connections, calls go to each in turn.
    stock = python_peer("hello_client.py") + ["--address", proxy.address]
    answered = re.findall(r"from (\w+)", succeeds(stock + 12 * ["Ada"]))
    assert sorted(answered) == sorted(4 * list(servers)), answered
    proxy.expect(r"^/helloworld.Greeter/SayHello -> 127.0.0.1:\d+: OK$")

    # One after the other goes, and comes back.
    for name in ("one", "two", "three"):
        servers[name].kill()
    hello = ours("hello_client") + ["Ada", proxy.address]
    fails(hello, "UNAVAILABLE")
    servers["two"] = greeter("two", servers["two"].port)
    again = Program(one_connection)
    again.expect("from two ")
    again.ends_cleanly()
    proxy.ends_cleanly()


def a_chat_room_behind_it():
    """Back-pressure from end to end: a member who never reads holds neither the others nor memory."""
    room = Server(ours("chat_server") + ["--port", "0"])
    proxy = proxy_for(room)
    crowd = ours("chat_crowd") + ["--address", proxy.address, "--members", "4"]
    succeeds(crowd + ["--lines", "400", "--length", "10000"], "RESOURCE_EXHAUSTED: you have not read")
    before = proxy.resident_kib()
    succeeds(crowd + ["--lines", "4000", "--length", "10000"], "4000 lines reached 2 listeners",
             "RESOURCE_EXHAUSTED: you have not read")
    grown = proxy.resident_kib() - before
    print(f"the proxy grew by {grown} KiB")
    assert grown < 10_000, f"40 MB went through, and the proxy grew by {grown} KiB"
    proxy.ends_cleanly()
    room.ends_cleanly()


def what_is_wrong_with_its_flags():
    fails(ours("proxy") + ["--port", "0", "--backends", "localhost:1"], "localhost:1", "127.0.0.1")


running.main(globals())
