"""Row 2: a service without a package, and proto2's required fields. Who notices that one is missing?
A sender, if its library looks; otherwise the receiver, before any code of the user."""

import running
from running import Server, fails, go_peer, ours, succeeds

PATHS = ["/HelloService/SayHello", "/AddressBook/Keep"]
PRINTED = """Hello, gRPC
Martin has id 1337
  555-0100 HOME (the default)
  555-0101 WORK (said so)
"""


def our_server(*flags):
    return Server(ours("hello_article_server") + ["--port=0", *flags])


def go_server_with(*flags):
    return Server(go_peer("hello_article_server") + ["-port=0", *flags])


def our_client(server, *flags):
    return ours("hello_article_client") + ["--address", server.address, *flags]


def go_client_of(server, *flags):
    return go_peer("hello_article_client") + ["-addr", server.address, *flags]


def expect_calls(server, *paths):
    """These handlers of ours were called, and no other one."""
    server.ends_cleanly()
    called = [line for line in server.lines if line.startswith("/")]
    assert called == list(paths), f"handlers that were called: {called}"


def ours_both():
    server = our_server()
    out = succeeds(our_client(server))
    assert out == PRINTED, out
    expect_calls(server, *PATHS)


def go_client():
    server = our_server()
    out = succeeds(go_client_of(server))
    assert out == PRINTED, out
    expect_calls(server, *PATHS)


def go_server():
    server = go_server_with()
    out = succeeds(our_client(server))
    assert out == PRINTED, out
    server.ends_cleanly()


def our_client_misses_id():
    server = our_server()
    said = fails(our_client(server, "--without-id"), "INTERNAL", "Person lacks required fields: id")
    assert "This side" in said, said
    expect_calls(server, PATHS[0])


def our_server_misses_id():
    server = our_server()
    # grpc-go looks, too; only a codec of its own lets such a message out.
    fails(go_client_of(server, "-without-id"), "Internal", "required field")
    fails(go_client_of(server, "-without-id", "-partial"),
          "Internal", "the bytes are no Person; missing: id")
    expect_calls(server, PATHS[0], PATHS[0])


def our_server_forgets_id():
    server = our_server("--forget-id")
    said = fails(our_client(server), "INTERNAL", "Person lacks required fields: id")
    assert "The peer" in said, said
    expect_calls(server, *PATHS)


def go_server_forgets_id():
    server = go_server_with("-forget-id")
    said = fails(our_client(server), "INTERNAL", "the bytes are no Person; missing: id")
    assert "This side" in said, said
    server.ends_cleanly()


running.main(globals())
