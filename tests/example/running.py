"""Starts the programs of an example and looks at what they do.

A test script defines a function for each of its parts and ends with `running.main(globals())`; CTest
runs one part: `python3 hello_test.py PART`. A part fails by an exception; a peer that cannot be had
ends it as skipped, with the reason. Whatever happens, nothing that was started is left running.
"""

import atexit
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

SKIPPED = 77  # what CTest takes for "skipped"
PATIENCE = 60  # seconds; a machine may be slow
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("GRPCWIRE_BIN", ROOT / "build/release/bin"))
PYTHON_PEERS = Path(os.environ.get("GRPCWIRE_PYTHON_PEERS", BIN.parent / "interop/peers/python"))
CPP_PEERS = BIN
GO_PEERS = Path(os.environ.get("GRPCWIRE_GO_PEERS", ROOT / "build/peers/go"))


class Skipped(Exception):
    """The reason."""


def ours(name):
    return [str(BIN / name)]


def python_peer(script):
    """A program on stock grpcio, of interop/peers/python."""
    if missing := os.environ.get("GRPCWIRE_PYTHON_MISSING"):
        raise Skipped(missing)
    # Unbuffered: its lines are waited for.
    return [os.environ.get("GRPCWIRE_PYTHON", "/usr/bin/python3"), "-u", str(PYTHON_PEERS / script)]


def cpp_peer(name):
    """A program on stock grpc++, of interop/peers/cpp."""
    if missing := os.environ.get("GRPCWIRE_CPP_MISSING"):
        raise Skipped(missing)
    return [str(CPP_PEERS / name)]


def go_peer(name):
    """A program on stock grpc-go, of interop/peers/go."""
    program = GO_PEERS / name
    if not os.access(program, os.X_OK):
        raise Skipped(f"{name} of grpc-go is not there; run interop/peers/setup go")
    return [str(program)]


class Program:
    """A running program. Its standard output and error are read as they come."""

    def __init__(self, command, stdin=subprocess.PIPE):
        self.command = command
        self.lines = []  # without line ends
        self._changed = threading.Condition()
        self._ended = False
        self._process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, errors="replace")
        atexit.register(self.kill)
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self):
        return self._process.pid

    def _read(self):
        for line in self._process.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def expect(self, pattern, seconds=PATIENCE, after=0):
        """Waits for a line in which the pattern is found, from line `after` on; gives the match."""
        found = None

        def there():
            nonlocal found
            found = next(filter(None, (re.search(pattern, line) for line in self.lines[after:])), None)
            return found or self._ended

        with self._changed:
            self._changed.wait_for(there, seconds)
        if not found:
            raise AssertionError(f"{self} has no line like {pattern!r}{self.text_shown()}")
        return found

    def say(self, text):
        """A line for its standard input."""
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def end_of_input(self):
        self._process.stdin.close()

    def interrupt(self):
        """Ctrl+C."""
        self._process.send_signal(signal.SIGINT)

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def runs(self):
        return self._process.poll() is None

    def exit_code(self, seconds=PATIENCE):
        """Waits for the end."""
        code = self._process.wait(seconds)
        with self._changed:
            self._changed.wait_for(lambda: self._ended, seconds)
        return code

    def ends_cleanly(self, after_interrupt=True):
        if after_interrupt:
            self.interrupt()
        code = self.exit_code()
        assert code == 0, f"{self} ended with {code}{self.text_shown()}"

    def text(self):
        return "\n".join(self.lines)

    def text_shown(self):
        return f"; it printed:\n{self.text()}\n" if self.lines else "; it printed nothing"

    def resident_kib(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def __str__(self):
        return os.path.basename(self.command[-1] if "python" in self.command[0] else self.command[0])


class Server(Program):
    """A program that prints `listening on ADDRESS`; `address` is that, with 127.0.0.1 for any host."""

    def __init__(self, command):
        super().__init__(command)
        port = self.expect(r"listening on \S*:(\d+)\s*$").group(1)
        self.port = int(port)
        self.address = f"127.0.0.1:{port}"


def run(command, stdin=None, seconds=PATIENCE):
    """Runs a program to its end: exit code, standard output, standard error."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds)
    return done.returncode, done.stdout, done.stderr


def succeeds(command, *texts, stdin=None):
    """It ends with 0 and prints the texts; gives its standard output."""
    code, out, err = run(command, stdin)
    assert code == 0, f"{command} ended with {code}:\n{out}{err}"
    for text in texts:
        assert text in out, f"{command} did not print {text!r}:\n{out}{err}"
    return out


def fails(command, *texts, stdin=None):
    """It ends with 1 and says the texts on standard error."""
    code, out, err = run(command, stdin)
    assert code == 1, f"{command} ended with {code} and not with 1:\n{out}{err}"
    for text in texts:
        assert text in err, f"{command} did not say {text!r}:\n{out}{err}"
    return err


def main(parts):
    if len(sys.argv) != 2 or not callable(parts.get(sys.argv[1])):
        sys.exit(f"{sys.argv[0]}: which part? It has to be a function of this file.")
    try:
        parts[sys.argv[1]]()
    except Skipped as reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
