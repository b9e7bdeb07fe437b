"""Row 4: an assistant across languages. Our client asks a Python server, a Go client asks ours."""

import running
from running import Server, go_peer, ours, python_peer, succeeds

PRINTED = "Hello Peter from SUSTech!\n3.5 × 5 = 17.5\n"


def ours_both():
    server = Server(ours("assistant_server") + ["--port=0"])
    client = ours("assistant_client") + ["--address", server.address]
    out = succeeds(client)
    assert out == PRINTED, out
    out = succeeds(client + ["--user-name=Ada", "--institution=London", "--xin=-2", "--yin=0.25"])
    assert out == "Hello Ada from London!\n-2 × 0.25 = -0.5\n", out
    server.ends_cleanly()


def python_server():
    server = Server(python_peer("assistant_server.py") + ["--port=0"])
    out = succeeds(ours("assistant_client") + ["--address", server.address])
    assert out == PRINTED, out
    server.ends_cleanly()


def go_client():
    server = Server(ours("assistant_server") + ["--port=0"])
    out = succeeds(go_peer("assistant_client") + ["-addr", server.address])
    assert out == PRINTED, out
    server.ends_cleanly()


running.main(globals())
