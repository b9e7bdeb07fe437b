"""Row 1: hello. Ours on both sides, and those on stock Python, Go and C++ on either."""

import running
from running import Server, cpp_peer, fails, go_peer, ours, python_peer, succeeds


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


def go_client():
    server = Server(ours("hello_server") + ["127.0.0.1:0"])
    succeeds(go_peer("hello_client") + ["-addr", server.address, "-name", "Peter"], "Hello Peter\n")
    server.ends_cleanly()


def go_server():
    server = Server(go_peer("hello_server") + ["-port=0"])
    succeeds(ours("hello_client") + ["Peter", server.address], "Hello Peter\n")
    server.ends_cleanly()


def cpp_client():
    server = Server(ours("hello_server") + ["127.0.0.1:0"])
    succeeds(cpp_peer("stock_hello") + ["client", "Peter", "--address", server.address],
             "Hello Peter\n")
    server.ends_cleanly()


def cpp_server():
    server = Server(cpp_peer("stock_hello") + ["server", "--port=0"])
    succeeds(ours("hello_client") + ["Peter", server.address], "Hello Peter\n")
    server.ends_cleanly()


running.main(globals())
