"""Row 7: a story in pieces, which ends with CANCELLED behind the last of them."""

import tempfile
from pathlib import Path

import running
from running import Program, Server, fails, ours, python_peer, succeeds

# Longer than a few pieces of 1,024 bytes, with characters of three bytes across their borders.
TEXT = "".join(f"{n}. Es war einmal, 从前有一个数据包。\n" for n in range(1, 201))
TOLD = f"Hello Ali from Izmir! This is a story.\n\n{TEXT}\nThe end.\n".encode()
PIECES = -(-len(TEXT.encode()) // 1024) + 2
LISTENER = ["--user-name", "Ali", "--institution", "Izmir"]
CALM = f"Nothing is lost: {PIECES} pieces, {len(TOLD)} bytes"


def file_in(folder):
    file = Path(folder) / "text"
    file.write_text(TEXT)
    return file


def slow_server():
    """Thinks for minutes behind its greeting."""
    return Server(ours("story_server") + ["--port", "0", "--file", __file__, "--time-scale", "100"])


def hears_all(client, server_command, *texts):
    """The client prints the texts and has every byte."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(server_command + ["--port", "0", "--time-scale", "0.01",
                                          "--file", str(file_in(folder))])
        came = Path(folder) / "came"
        succeeds(client + ["--address", server.address, "--save", str(came)] + LISTENER, *texts)
        assert came.read_bytes() == TOLD, "it is another story"
        server.ends_cleanly()


def cancelled_behind_all():
    hears_all(ours("story_client"), ours("story_server"), "CANCELLED", "hung up", CALM)


def ok_behind_all():
    hears_all(ours("story_client"), ours("story_server") + ["--ok"], "OK\n", CALM)


def listener_leaves():
    server = slow_server()
    client = Program(ours("story_client") + ["--address", server.address])
    client.expect("Hello Peter from SUSTech!")
    client.ends_cleanly()
    client.expect("You left after 1 piece")
    server.ends_cleanly()


def server_dies():
    server = slow_server()
    client = Program(ours("story_client") + ["--address", server.address])
    client.expect("Hello Peter from SUSTech!")
    server.kill()
    assert client.exit_code() == 1, client.text_shown()
    client.expect("UNAVAILABLE")
    client.expect("The ending has not come")


def no_file():
    fails(ours("story_server") + ["--file", "nowhere/story.txt"], "nowhere/story.txt", "--file")


def python_client():
    hears_all(python_peer("story_client.py"), ours("story_server"),
              f"CANCELLED: the storyteller has hung up; {PIECES} pieces")


def python_server():
    hears_all(ours("story_client"), python_peer("story_server.py"), "CANCELLED", CALM)


running.main(globals())
