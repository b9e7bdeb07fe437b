"""Runs one client against one server and ends the server again, whatever happens.

    run_case.py [--refused] [--expect TEXT]… [--server_expect TEXT]… [--never TEXT]…
                [--cases NAME,NAME…] [--need FILE --remedy COMMAND]
                SERVER [ARGUMENT…] -- CLIENT [ARGUMENT…]
    run_case.py --skip REASON

The server has to print `listening on ADDRESS:PORT` (or `ACCEPT ADDRESS:PORT`, as `openssl s_server`
does); `{port}` in the client's arguments becomes that port, and after a line `NAME on ADDRESS:PORT`
before that one `{NAME_port}` becomes that port. A server that prints nothing has `{free_port}` among its
arguments: it is ready when somebody listens there.

Passes when the client ends with 0 (with --refused: with 1), client and server have printed the TEXTs
that are expected of them, neither has printed one that is never to come, and the server, if it is one
of ours, ends with 0. With --cases the client runs once for each, in place of `{case}`. Without the
FILE that is needed the test is skipped.
"""

import argparse
import os
import random
import re
import socket
import subprocess
import sys
import threading
import time

SKIPPED = 77
READY = re.compile(r"(?:listening on|ACCEPT) \S*:(\d+)\s*$")
OTHER_PORT = re.compile(r"^(\w+) on \S*:(\d+)\s*$")
OURS = ("interop_server", "hello_server", "errors_server", "interceptors_server", "behind_proxy.py",
        "bad_peer")
START_SECONDS, CLIENT_SECONDS, SAY_SECONDS, STOP_SECONDS = 20, 60, 10, 10


def free_port():
    """Below those that connections of other programs get meanwhile."""
    while True:
        port = random.randint(20000, 32000)
        try:
            with socket.create_server(("", port)):
                return port
        except OSError:
            continue


def somebody_listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Server:
    """A server process and everything that it prints."""

    def __init__(self, command):
        self.ports = {}  # by what stands for them in arguments
        self._silent_port = None
        if "{free_port}" in " ".join(command):
            self._silent_port = free_port()
            command = [a.replace("{free_port}", str(self._silent_port)) for a in command]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         text=True, errors="replace")
        self._ours = os.path.basename(command[0]) in OURS
        self._lines, self._decided = [], threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.append(line)
            found = READY.search(line)
            if found and "{port}" not in self.ports:
                self.ports["{port}"] = found.group(1)
                self._decided.set()
            elif other := OTHER_PORT.match(line):
                self.ports[f"{{{other.group(1)}_port}}"] = other.group(2)
        self._decided.set()  # it has ended

    def is_ready(self):
        """Waits for it; false when it does not become ready."""
        if self._silent_port is None:
            self._decided.wait(START_SECONDS)
            return "{port}" in self.ports
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            if somebody_listens(self._silent_port):
                self.ports["{port}"] = str(self._silent_port)
                return True
            time.sleep(0.05)
        return False

    def wait_for_text(self, text):
        """The server may see the end of a connection after the client has ended."""
        end = time.monotonic() + SAY_SECONDS
        while text not in "".join(self._lines):
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def stop(self):
        """Its exit code; None for a stock server: how those end is not ours to judge, and grpcio 1.51
        sometimes does not end at all."""
        self._process.terminate()
        if not self._ours:
            try:
                self._process.wait(1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            return None
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return f"killed, {STOP_SECONDS} s after SIGTERM"

    def output(self):
        self._reader.join(STOP_SECONDS)
        return "".join(self._lines)


def run_client(command, expected_code):
    """What is wrong (None when nothing is), and what it printed."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=CLIENT_SECONDS)
    except subprocess.TimeoutExpired as late:
        return f"the client ran for more than {CLIENT_SECONDS} s", (late.stdout or b"").decode()
    if done.returncode != expected_code:
        return f"the client ended with {done.returncode}", done.stdout
    return None, done.stdout


def run_clients(command, wishes, replacements):
    """One client after the other, all of them also when one fails."""
    problems, outputs = [], []
    for case in wishes.cases.split(","):
        said = {**replacements, "{case}": case}
        arguments = []
        for argument in command:
            for name, value in said.items():
                argument = argument.replace(name, value)
            arguments.append(argument)
        problem, output = run_client(arguments, 1 if wishes.refused else 0)
        outputs.append(output)
        if case:
            outputs.append(f"{case}: {problem or 'passed'}\n")
        if problem is not None:
            problems.append(f"{case}: {problem}" if case else problem)
    return "; ".join(problems) or None, "".join(outputs)


def run_pair(server_command, client_command, wishes):
    server = Server(server_command)
    try:
        if not server.is_ready():
            problem, output = "the server did not become ready", ""
        else:
            problem, output = run_clients(client_command, wishes, server.ports)
            for text in wishes.server_expect:
                if problem is None and not server.wait_for_text(text):
                    problem = f"the server did not print {text!r}"
    finally:
        server_code = server.stop()
    for text in wishes.expect:
        if problem is None and text not in output:
            problem = f"the client did not print {text!r}"
    if problem is None and server_code not in (0, None):
        problem = f"the server ended with {server_code}"
    for text in wishes.never:
        if problem is None and text in output + server.output():
            problem = f"{text!r} was printed"
    print(output, end="")
    if problem is not None:
        print(f"--- server\n{server.output()}--- {problem}")
    return 0 if problem is None else 1


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--skip")
    parser.add_argument("--refused", action="store_true")
    parser.add_argument("--expect", action="append", default=[])
    parser.add_argument("--server_expect", action="append", default=[])
    parser.add_argument("--never", action="append", default=[])
    parser.add_argument("--cases", default="")
    parser.add_argument("--need")
    parser.add_argument("--remedy")
    parser.add_argument("commands", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    if arguments.skip is not None:
        print(f"skipped: {arguments.skip}")
        return SKIPPED
    if arguments.need is not None and not os.path.exists(arguments.need):
        print(f"skipped: {arguments.need} is not there; try: {arguments.remedy}")
        return SKIPPED
    commands = arguments.commands
    if "--" not in commands:
        parser.error("there is no -- between the server and the client")
    split = commands.index("--")
    return run_pair(commands[:split], commands[split + 1:], arguments)


if __name__ == "__main__":
    sys.exit(main())
