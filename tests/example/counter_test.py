"""Row 8: a counter that runs until the client leaves, of which the server hears at once."""

import running
from running import Program, Server, fails, ours, python_peer

OUR_CLIENT = ours("counter_client")
OUR_SERVER = ours("counter_server")
LINE = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: count=%d$"


def counts_until_interrupted(client_command, server_command):
    server = Server(server_command + ["--port", "0"])
    client = Program(client_command + ["--address", server.address, "--from", "41", "--step", "0.02"])
    for number in (41, 42, 43, 44):
        client.expect(LINE % number)
    client.interrupt()
    client.expect("^stopped$")
    client.ends_cleanly(after_interrupt=False)
    server.expect("^request 1: cancelled after [0-9]+ lines$")
    server.ends_cleanly()


def is_heard_at_once(client_command, server_command):
    """Between two numbers lies an hour: who slept until the next one would not hear in time. Only
    the request that was cancelled ends."""
    server = Server(server_command + ["--port", "0"])
    command = client_command + ["--address", server.address, "--step", "3600", "--from"]
    first = Program(command + ["1"])
    first.expect(LINE % 1)
    second = Program(command + ["2"])
    second.expect(LINE % 2)
    first.interrupt()
    server.expect("^request 1: cancelled")
    first.ends_cleanly(after_interrupt=False)
    assert second.runs() and "request 2: cancelled" not in server.text(), server.text()
    second.kill()  # no RST_STREAM, but the end of its connection
    server.expect("^request 2: cancelled")
    server.ends_cleanly()


def ours_both():
    counts_until_interrupted(OUR_CLIENT, OUR_SERVER)


def heard_at_once():
    is_heard_at_once(OUR_CLIENT, OUR_SERVER)


def server_leaves():
    server = Server(OUR_SERVER + ["--port", "0"])
    client = Program(OUR_CLIENT + ["--address", server.address, "--step", "3600"])
    client.expect(LINE % 0)
    server.ends_cleanly()
    assert client.exit_code() == 1, client.text_shown()
    client.expect("UNAVAILABLE")


def bad_step():
    server = Server(OUR_SERVER + ["--port", "0"])
    for step in ("0", "-1", "nan", "1e300"):
        fails(OUR_CLIENT + ["--address", server.address, f"--step={step}"], "INVALID_ARGUMENT", "step")
    server.ends_cleanly()


def python_client():
    counts_until_interrupted(python_peer("counter_client.py"), OUR_SERVER)
    is_heard_at_once(python_peer("counter_client.py"), OUR_SERVER)


def python_server():
    counts_until_interrupted(OUR_CLIENT, python_peer("counter_server.py"))
    is_heard_at_once(OUR_CLIENT, python_peer("counter_server.py"))


running.main(globals())
