"""Row 1: hello. Ours on both sides, and the stock Python one on either."""

import running
from running import Server, fails, ours, python_peer, succeeds


def ours_both():
    server = Server(ours("hello_server") + ["127.0.0.1:0"])
    succeeds(ours("hello_client") + ["Peter", server.address], "Hello Peter\n")
    server.ends_cleanly()


def nobody_there():
    fails(ours("hello_client") + ["Peter", "127.0.0.1:1"], "UNAVAILABLE")


def python_client():
    server = Server(ours("hello_server") + ["127.0.0.1:0"])
    succeeds(python_peer("hello_client.py") + ["--address", server.address, "Peter"], "Hello Peter")
    server.ends_cleanly()


def python_server():
    server = Server(python_peer("hello_server.py") + ["--port=0"])
    succeeds(ours("hello_client") + ["Peter", server.address], "Hello Peter\n")


running.main(globals())
