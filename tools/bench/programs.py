"""The programs that are measured: how they start and end, and what /proc knows of them."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "127.0.0.1"


class Failed(Exception):
    """A program did not do what it should; the text names it and has what it wrote."""


def allow_many_files():
    """A thousand connections need as many descriptors, here and in what is started."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if most == resource.RLIM_INFINITY else min(most, 65536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def pinned(command, core):
    """The command on this core only; None: on all."""
    return command if core is None else ["taskset", "-c", str(core), *command]


def run(command, patience=600):
    """What it printed."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, check=False, timeout=patience)
    output = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed with {done.returncode}:\n{output}"
                     f"{done.stderr.decode(errors='replace')}")
    return output


class Process:
    """A program that runs, with its children ended at the end of a `with` block."""

    def __init__(self, command, stdin=None, environment=None):
        self.command = [str(part) for part in command]
        self.stdin = stdin
        self.environment = {**os.environ, **(environment or {})}

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.command, stdin=self.stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log, text=True, env=self.environment)
        self.pid = self.process.pid
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            if kind is None:
                raise
        self.log.close()

    def wait_for_line(self, pattern):
        """The match in the next line that it prints."""
        line = self.process.stdout.readline()
        found = re.search(pattern, line)
        if not found:
            self.process.kill()
            self.process.communicate()
            raise Failed(f"{' '.join(self.command)} did not say {pattern!r}:\n{line}{self.errors()}")
        return found

    def errors(self):
        self.log.seek(0)
        return self.log.read()

    def cpu_seconds(self):
        """User and system time so far, of all its threads, also of those that have ended."""
        text = Path(f"/proc/{self.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, key):
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{key}:\s+(\d+)", text, re.MULTILINE).group(1))

    def resident_bytes(self):
        return self._status("VmRSS") * 1024

    def settled_resident_bytes(self):
        """Resident memory once it does not grow any more."""
        before = self.resident_bytes()
        for _ in range(50):
            time.sleep(0.1)
            now = self.resident_bytes()
            if abs(now - before) <= 16 * 1024:
                return now
            before = now
        return before

    def threads(self):
        return self._status("Threads")


class Server(Process):
    """A server that says `listening on ADDRESS`."""

    def __enter__(self):
        super().__enter__()
        self.port = int(self.wait_for_line(r"listening on \S*:(\d+)").group(1))
        return self


def run_load(command, patience=600):
    """The figures that a load client writes, and the CPU time it took (`cpu_seconds`)."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run([*command, "--json", file.name], patience)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = json.loads(Path(file.name).read_text())
    figures["cpu_seconds"] = (after.ru_utime - before.ru_utime +
                              after.ru_stime - before.ru_stime)
    return figures


def say(text):
    """What is going on, for whoever waits."""
    print(text, file=sys.stderr, flush=True)
