"""Row 12: an echo of one message, and of a stream whose echoes come while it is still being sent."""

import running
from running import Program, Server, ours, python_peer, succeeds

MESSAGES = ["one", "two", "three", "four", "five"]
PRINTED = ["unary: one, received",
           *(arrow + text for text in MESSAGES for arrow in ("-> ", "<- ")),
           "all is said"]


def echoes(client, server):
    """Every echo has come before the next message leaves, if a pause is long enough for that: a busy
    machine gets longer ones. The order of each direction does not depend on it."""
    for scale in ("0.1", "1", "10"):
        lines = succeeds(client + ["--address", server.address, "--time-scale", scale]).splitlines()
        for arrow in ("-> ", "<- "):
            texts = [line[len(arrow):] for line in lines if line.startswith(arrow)]
            assert texts == MESSAGES, lines
        if lines == PRINTED:
            return
    raise AssertionError(f"echoes came late in spite of long pauses: {lines}")


def ours_both():
    server = Server(ours("echo_server") + ["--port=0"])
    echoes(ours("echo_client"), server)
    server.ends_cleanly()


def interrupted():
    server = Server(ours("echo_server") + ["--port=0"])
    client = Program(ours("echo_client") + ["--address", server.address, "--time-scale", "10000"])
    client.expect("^<- one$")
    client.ends_cleanly()
    assert client.lines[-1] == "left", client.lines
    server.ends_cleanly()  # its handler has been told, too: it would wait for this call


def python_client():
    server = Server(ours("echo_server") + ["--port=0"])
    echoes(python_peer("echo_client.py"), server)
    server.ends_cleanly()


def python_server():
    server = Server(python_peer("echo_server.py") + ["--port=0"])
    echoes(ours("echo_client"), server)
    server.ends_cleanly()


running.main(globals())
