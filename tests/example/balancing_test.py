"""Row 14 (a): the client spreads its calls over three servers, and does without one that is gone."""

import re

import running
from running import Program, Server, fails, ours, python_peer, succeeds
from stock_proxies import StockProxy

NAMES = ("one", "two", "three")


def greeter(name, port=0):
    return Server(ours("balancing_server") + ["--port", str(port), "--name", name])


def client(*servers):
    addresses = ",".join(server.address for server in servers)
    return ours("balancing_client") + ["--backends", addresses, "--time-scale", "0.1"]


def who_answered(lines):
    return re.findall(r"Hello you from (\w+)", "\n".join(lines))


def calls_go_to_each_in_turn():
    servers = [greeter(name) for name in NAMES]
    program = Program(client(*servers))
    for name in NAMES:
        program.expect(f"from {name} ")
    connected = len(program.lines)
    for name in 3 * NAMES:
        program.expect(f"from {name} ", after=len(program.lines))
    answered = who_answered(program.lines[connected:])
    assert all(len(set(answered[i:i + 3])) == 3 for i in range(len(answered) - 2)), answered
    program.ends_cleanly()
    for server in servers:
        server.ends_cleanly()


def as_many_calls_as_were_asked_for():
    server = greeter("one")
    out = succeeds(client(server) + ["--calls", "3"])
    assert who_answered(out.splitlines()) == ["one", "one", "one"], out
    server.ends_cleanly()


def a_killed_server_is_left_and_found_again():
    servers = {name: greeter(name) for name in NAMES}
    program = Program(client(*servers.values()))
    for name in NAMES:
        program.expect(f"from {name} ")

    servers["two"].kill()
    killed_at = len(program.lines)
    for _ in range(3):  # it is left: calls go on, and to both others
        seen = len(program.lines)
        program.expect("from one ", after=seen)
        program.expect("from three ", after=seen)
    failed = [line for line in program.lines[killed_at:] if "from" not in line]
    assert len(failed) <= 1, f"at most the call that it had: {failed}"

    back_at = len(program.lines)
    servers["two"] = greeter("two", servers["two"].port)
    program.expect("from two ", after=back_at)
    program.ends_cleanly()
    for server in servers.values():
        server.ends_cleanly()


def all_servers_are_gone():
    server = greeter("one")
    program = Program(client(server))
    program.expect("from one ")
    server.kill()
    gone_at = len(program.lines)
    program.expect("UNAVAILABLE", after=gone_at)
    again = greeter("one", server.port)
    program.expect("from one ", after=len(program.lines))
    program.ends_cleanly()
    again.ends_cleanly()


def an_address_that_is_none():
    fails(ours("balancing_client") + ["--backends", "localhost:1"], "localhost:1", "127.0.0.1")


def through(kind):
    """Our client in front of a stock proxy, and three of our servers behind it."""
    servers = [greeter(name) for name in NAMES]
    proxy = StockProxy(kind, servers)
    program = Program(ours("balancing_client") + ["--backends", proxy.address, "--policy",
                                                  "pick_first", "--time-scale", "0.02"])
    for name in NAMES:  # over one connection, that to the proxy
        program.expect(rf"from {name} \({proxy.address}\)")
    program.ends_cleanly()
    proxy.kill()
    for server in servers:
        server.ends_cleanly()


def through_nghttpx():
    through("nghttpx")


def through_haproxy():
    through("haproxy")


def through_nginx():
    through("nginx")


def python_servers():
    """Our client in front of stock servers."""
    servers = [Server(python_peer("hello_server.py") + ["--port=0"]) for _ in range(2)]
    program = Program(client(*servers))
    for server in servers:
        program.expect(rf"Hello you \(127.0.0.1:{server.port}\)")
    program.ends_cleanly()
    for server in servers:
        server.ends_cleanly()


running.main(globals())
