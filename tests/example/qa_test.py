"""Row 11: answers of a real command, token by token, and its end when nobody waits for it any more."""

import os
import sys
import tempfile
import time
from pathlib import Path

import running
from running import PATIENCE, Program, Server, fails, go_peer, ours, python_peer, run, succeeds

CLIENT = ours("qa_client")
CHINESE = "天空为什么是蓝色的？因为空气把蓝光散射得最多。🌤"
SLOW_WRITER = "import sys\nfor byte in sys.stdin.buffer.read():\n" \
              "    sys.stdout.buffer.write(bytes([byte])); sys.stdout.buffer.flush()\n"


class Folder:
    """For scripts and what they leave; they run in it."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name)
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def python(self, script):
        """The command that runs it."""
        (self.path / "script.py").write_text(script)
        return f"cd '{self.path}' && exec '{sys.executable}' script.py"

    def shell(self, script):
        return f"cd '{self.path}'; {script}"


def wait_until(there, what):
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, f"{what} has not happened"
        time.sleep(0.01)


def serve(command, *flags):
    return Server(ours("qa_server") + ["--port", "0", "--answer-with", command, *flags])


def ask(server, *arguments):
    return CLIENT + ["--address", server.address, *arguments]


def is_gone(pid, reaped):
    """`reaped`: not even the entry of the process is left."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z" and not reaped


def tokens_appear():
    """The second one is there only when the first has been shown."""
    with Folder() as folder:
        server = serve(folder.shell(
            "echo first; while [ ! -e seen ]; do sleep 0.02; done; printf 'sec'; echo ond"))
        client = Program(ask(server))
        client.expect("^first$")
        assert "second" not in client.text()
        (folder.path / "seen").touch()
        client.expect("^second$")
        client.ends_cleanly(after_interrupt=False)
        server.expect("command [0-9]+ is done")
        server.ends_cleanly()


def utf8_is_not_cut():
    """Byte by byte: who made a message of each piece would send messages that nobody can parse."""
    with Folder() as folder:
        server = serve(folder.python(SLOW_WRITER))
        for flags in ([], ["--whole"]):
            out = succeeds(ask(server, CHINESE, *flags))
            assert out.strip() == CHINESE, out
        server.ends_cleanly()
        # No UTF-8: a byte of another encoding, half a character, a surrogate.
        server = serve(r"printf 'Stra\337e \344\275! \355\240\200 \345'")
        succeeds(ask(server), "Stra\ufffde \ufffd! \ufffd\ufffd\ufffd \ufffd\n")
        server.ends_cleanly()


def question_is_data():
    with Folder() as folder:
        question = f"'\"; touch {folder.path}/run; $(touch {folder.path}/run) `id` * %s \\n 什么"
        for command in ("cat", 'printf "%s\n" "$(cat)"'):
            server = serve(folder.shell(command))
            out = succeeds(ask(server, question))
            assert out.strip() == question, out
            server.ends_cleanly()
        assert not (folder.path / "run").exists(), "a part of the question was run"
        large = "多" * 40_000  # more than a pipe takes, for a command that does not read it
        server = serve("echo fine")
        succeeds(ask(server, large), "fine")
        server.ends_cleanly()


def a_command_that_stays(folder):
    """It has a child of its own; the pids of both."""
    command = folder.shell(
        "sleep 10000 & echo $$ $! > pids.new; mv pids.new pids; echo begun; wait")

    def pids():
        file = folder.path / "pids"
        wait_until(file.exists, "the start of the command")
        both = [int(word) for word in file.read_text().split()]
        file.unlink()
        return both

    return command, pids


def are_stopped(server, both):
    leader, child = both
    server.expect(f"command {leader} is stopped")
    wait_until(lambda: is_gone(leader, reaped=True), "the end of the command")
    wait_until(lambda: is_gone(child, reaped=False), "the end of the command's child")


def leaving_stops_the_command():
    with Folder() as folder:
        command, pids = a_command_that_stays(folder)
        server = serve(command)
        client = Program(ask(server))
        client.expect("begun")
        client.ends_cleanly()  # Ctrl+C
        are_stopped(server, pids())
        client = Program(ask(server, "--whole"))
        both = pids()
        client.kill()
        are_stopped(server, both)
        server.ends_cleanly()


def is_stopped_by_its_deadline(client, flag, says):
    """`client` is a function of the server. One deadline is long enough for the command to begin."""
    with Folder() as folder:
        command, pids = a_command_that_stays(folder)
        server = serve(command)
        for seconds in (1, 5, 25):
            fails(client(server) + [flag.format(seconds)], says)
            if (folder.path / "pids").exists():
                break
        are_stopped(server, pids())
        server.ends_cleanly()


def deadline_stops_the_command():
    is_stopped_by_its_deadline(ask, "--deadline={}", "DEADLINE_EXCEEDED")


def server_takes_its_commands_along():
    with Folder() as folder:
        command, pids = a_command_that_stays(folder)
        server = serve(command)
        client = Program(ask(server))
        client.expect("begun")
        both = pids()
        server.ends_cleanly()
        are_stopped(server, both)
        assert client.exit_code() == 1, client.text_shown()
        client.expect("UNAVAILABLE")


def several_at_once():
    """Each command waits for the two others. One more is refused while they run."""
    with Folder() as folder:
        server = serve(folder.shell(
            "read name; touch $name; while [ ! -e a -o ! -e b -o ! -e c ]; do sleep 0.02; done; "
            "echo all; while [ ! -e enough ]; do sleep 0.02; done"), "--at-once", "3")
        clients = [Program(ask(server, name)) for name in "abc"]
        for client in clients:
            client.expect("^all$")
        fails(ask(server, "d"), "UNAVAILABLE", "3")
        (folder.path / "enough").touch()
        for client in clients:
            client.ends_cleanly(after_interrupt=False)
        server.ends_cleanly()


LINES = 25_000  # of 1,000 bytes each
FLOOD = f"""
for number in range({LINES}):
    print(f"{{number:06d}} " + "从" * 330 + "..", flush=True)
    if number % 100 == 99:
        with open("progress", "w") as file:
            file.write(str(number))
"""


def slow_reader_slows_the_command():
    """A client that is stopped stops the command, and the server keeps no more than before."""
    with Folder() as folder:
        server = serve(folder.python(FLOOD))
        client = Program(ask(server))
        client.expect("^000000 ")
        client.pause()
        before = server.resident_kib()
        progress = folder.path / "progress"
        wait_until(progress.exists, "the first progress")
        seen, since = None, time.monotonic()
        while time.monotonic() - since < 1.5:
            now = progress.read_text()
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.05)
        assert int(seen or 0) < LINES - 1, "nothing held the command back"
        grown = server.resident_kib() - before
        assert grown < 20_000, f"the server has grown by {grown} KiB"
        client.resume()
        client.ends_cleanly(after_interrupt=False)
        wrong = [line for number, line in enumerate(client.lines[:LINES])
                 if line != f"{number:06d} " + "从" * 330 + ".."]
        assert len(client.lines) >= LINES and not wrong, f"lines are wrong, first {wrong[:1]}"
        server.ends_cleanly()


def failures_are_told():
    server = serve("echo partly; exit 3")
    code, out, err = run(ask(server))
    assert code == 1 and out.startswith("partly\n"), out
    assert "INTERNAL" in err and "exit code 3" in err, err
    fails(ask(server, "--whole"), "exit code 3")
    server.ends_cleanly()
    server = serve("kill -TERM $$")
    fails(ask(server), "INTERNAL", "signal 15")
    server.ends_cleanly()
    server = serve("yes", "--longest", "100000")
    fails(ask(server, "--whole"), "RESOURCE_EXHAUSTED", "100000")
    server.expect("is stopped")
    server.ends_cleanly()
    # Only what the command needs is open in it: 0, 1, 2, and the folder that ls looks at.
    server = serve("ls -l /proc/self/fd")
    out = succeeds(ask(server))
    assert "socket:" not in out and "eventpoll" not in out and " 4 ->" not in out, out
    server.ends_cleanly()


def asks_and_gives_up(client, whole, deadline, code):
    """A stock client, whose flags are these, gets the answer both ways and stops the command in time."""
    with Folder() as folder:
        server = serve(folder.python(SLOW_WRITER))
        for flags in ([], [whole]):
            out = succeeds(client(server) + flags)
            assert out.strip() == CHINESE, out
        server.ends_cleanly()
    is_stopped_by_its_deadline(client, deadline, code)


def python_client():
    peer = python_peer("qa_client.py")
    asks_and_gives_up(lambda server: peer + ["--address", server.address, CHINESE],
                      "--whole", "--deadline={}", "DEADLINE_EXCEEDED")


def go_client():
    peer = go_peer("qa_client")
    asks_and_gives_up(lambda server: peer + ["-addr", server.address, "-question", CHINESE],
                      "-whole", "-deadline={}s", "DeadlineExceeded")


def go_server():
    peer = go_peer("qa_server")
    server = Server(peer + ["-port", "0", "-pause", "5ms"])
    whole = succeeds(ask(server, "--whole"), "gRPC", "远程")
    assert succeeds(ask(server)) == whole, whole
    server.ends_cleanly()
    server = Server(peer + ["-port", "0", "-pause", "1h"])
    for seconds in (1, 5, 25):
        fails(ask(server, "--deadline", str(seconds)), "DEADLINE_EXCEEDED")
        if "the caller has left" in server.text():
            break
    server.expect("the caller has left")
    server.ends_cleanly()


running.main(globals())
