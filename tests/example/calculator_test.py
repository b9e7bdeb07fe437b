"""Row 3: a calculator. What has no square root is INVALID_ARGUMENT, and no call after it suffers."""

import running
from running import Server, ours, python_peer, run, succeeds


def roots(client):
    succeeds(client + ["16", "2", "0"], "√16 = 4\n", "√2 = 1.41421\n", "√0 = 0\n")


def has_no_root(client):
    """The number between two that have one."""
    for value in ("-1", "nan"):
        code, out, err = run(client + ["--", "16", value, "9"])
        assert code == 1, f"it ended with {code}:\n{out}{err}"
        assert out == "√16 = 4\n√9 = 3\n", out
        assert f"√{value}: INVALID_ARGUMENT" in err, err


def our_client(server):
    return ours("calculator_client") + ["--address", server.address]


def ours_both():
    server = Server(ours("calculator_server") + ["--port=0"])
    roots(our_client(server))
    server.ends_cleanly()


def negative():
    server = Server(ours("calculator_server") + ["--port=0"])
    has_no_root(our_client(server))
    server.ends_cleanly()


def python_client():
    server = Server(ours("calculator_server") + ["--port=0"])
    client = python_peer("calculator_client.py") + ["--address", server.address]
    roots(client)
    has_no_root(client)
    server.ends_cleanly()


def python_server():
    server = Server(python_peer("calculator_server.py") + ["--port=0"])
    roots(our_client(server))
    has_no_root(our_client(server))
    server.ends_cleanly()


running.main(globals())
