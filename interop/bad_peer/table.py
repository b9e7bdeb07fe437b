"""Runs all cases of bad_peer against our programs and the stock ones, and writes the tables of
docs/bad-peers.md.

    table.py [--build FOLDER] [--go_server PROGRAM] [--go_probe PROGRAM] [--json FILE] [--write FILE]

Peers that are not there are left out, with a word about it; go/build makes those of grpc-go. Exit
code 0: ours did in every case what is expected of it.
"""

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, CASE_SECONDS, STOP_SECONDS = 20, 120, 10
NAMES = {"ours": "grpcwire", "cpp": "gRPC C++ 1.51.1", "python": "grpcio 1.51.1",
         "go": "grpc-go 1.85.0"}
BEGIN, END = "<!-- {} cases: written by table.py -->", "<!-- end of {} cases -->"


class Program:
    """A process that says which port it listens on, or is told one."""

    def __init__(self, command, port=None):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._errors,
                                         text=True)
        self.lines, self.port, self._ready = [], port, threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if port is not None:
            wait_for_port(port)
        elif not self._ready.wait(START_SECONDS) or self.port is None:
            self._process.kill()
            raise RuntimeError(f"{command[0]} did not become ready")

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line)
            if "listening on" in line and self.port is None:
                self.port = int(line.rsplit(":", 1)[1])
                self._ready.set()
        self._ready.set()

    def died(self):
        return self._process.poll() is not None

    def stop(self):
        """Everything that it has printed."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(STOP_SECONDS)
        return "".join(self.lines)


def wait_for_port(port):
    for _ in range(START_SECONDS * 10):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            return
        except OSError:
            threading.Event().wait(0.1)
    raise RuntimeError(f"nobody listens on port {port}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_server(command):
    """`{port}` in a command: the program wants to be told."""
    if not any("{port}" in part for part in command):
        return Program(command)
    port = free_port()
    return Program([part.replace("{port}", str(port)) for part in command], port)


def attack(bad_peer, command, cases):
    """What this server does in each client case, by name."""
    server, rows = start_server(command), {}
    try:
        for case in cases:
            if server.died():
                server = start_server(command)
            done = subprocess.run(
                [bad_peer, "client", f"--server_port={server.port}", f"--case={case['name']}",
                 "--json"], capture_output=True, text=True, timeout=CASE_SECONDS, check=False)
            if server.died():
                rows[case["name"]] = {"good": False, "seen": "the server dies", "says": "",
                                      "remark": ""}
            else:
                rows[case["name"]] = json.loads(done.stdout)[0]
    finally:
        server.stop()
    return rows


def mistreat(bad_peer, probe):
    """What this client does in each server case, by name."""
    server, tried, crashed = Program([bad_peer, "server", "--port=0", "--json"]), 0, set()
    try:
        while True:
            done = subprocess.run(probe + [f"--server_port={server.port}", f"--skip={tried}"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  check=False)
            names = done.stdout.split()
            tried += len(names)
            if done.returncode >= 0 or not names:
                break
            crashed.add(names[-1])
    finally:
        output = server.stop()
    rows = {row["name"]: row for row in json.loads(output.split("\n", 1)[1])}
    for name in crashed:
        rows[name] = {"good": False, "seen": "the client dies", "says": "", "remark": ""}
    return rows


def just_closed(case, row):
    """A GOAWAY before the connection ends is what an endpoint should send (RFC 9113 §5.4.1)."""
    return (not row["good"] and not row["remark"] and "goaway" in case["expected"]
            and row["seen"].endswith("closed"))


def cell(case, row):
    if row is None:
        return "not run"
    text = row["seen"]
    if just_closed(case, row):
        return f"*{text}*"
    if not row["good"] and row["remark"]:
        text = row["remark"] if text == "silence" else f"{text}; {row['remark']}"
    return text if row["good"] else f"**{text}**"


def table(cases, results):
    peers = [peer for peer in NAMES if peer in results]
    lines = ["| case | what it does | expected | source | "
             + " | ".join(NAMES[peer] for peer in peers) + " |",
             "|---" * (4 + len(peers)) + "|"]
    by_name = {case["name"]: case for case in cases}
    for what, counted in (("as expected", lambda case, row: row["good"]),
                          ("*end without GOAWAY*", just_closed)):
        counts = [sum(counted(by_name[name], row) for name, row in results[peer].items())
                  for peer in peers]
        if any(counts):
            texts = [f"{count} of {len(cases)}" for count in counts]
            lines.append(f"| {what} | | | | " + " | ".join(texts) + " |")
    for case in cases:
        expected = case["expected"].replace(" | ", " or ").replace("|", "or")
        cells = [cell(case, results[peer].get(case["name"])) for peer in peers]
        lines.append(f"| `{case['name']}` | {case['does']} | {expected} | {case['source']} | "
                     + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(document, side, text):
    begin, end = BEGIN.format(side), END.format(side)
    before, rest = document.split(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end)[1]}"


def peers_of(arguments):
    """Commands of servers and of probes, by peer."""
    build = arguments.build
    programs = build / "bin"
    python = build / "interop/peers/python"
    servers = {"ours": [programs / "interop_server", "--port=0"],
               "cpp": [programs / "stock_server", "--port=0"],
               "python": ["/usr/bin/python3", python / "interop_server.py", "--port=0"],
               "go": [arguments.go_server, "--port={port}"]}
    probes = {"ours": [programs / "bad_peer_probe"], "cpp": [programs / "stock_probe"],
              "python": ["/usr/bin/python3", python / "probe.py"], "go": [arguments.go_probe]}
    for kind, commands in (("server", servers), ("client", probes)):
        for peer, command in list(commands.items()):
            if any(part is None or (isinstance(part, Path) and not part.exists())
                   for part in command):
                print(f"left out: the {kind} of {NAMES[peer]} is not there", file=sys.stderr)
                del commands[peer]
            else:
                commands[peer] = [str(part) for part in command]
    return servers, probes


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--go_server", type=Path, help="grpc-go's official interop server")
    parser.add_argument("--go_probe", type=Path)
    parser.add_argument("--json", type=Path, help="all results")
    parser.add_argument("--write", type=Path, help="the document whose tables are replaced")
    arguments = parser.parse_args()
    bad_peer = str(arguments.build / "bin/bad_peer")
    cases = json.loads(subprocess.run([bad_peer, "list", "--json"], capture_output=True, text=True,
                                      check=True).stdout)
    cases = [case for case in cases if case["theme"] != "official"]
    servers, probes = peers_of(arguments)
    sides = {side: [case for case in cases if case["side"] == side] for side in ("client", "server")}
    with ThreadPoolExecutor() as pool:  # who says nothing is waited for, so side by side
        attacks = {peer: pool.submit(attack, bad_peer, command, sides["client"])
                   for peer, command in servers.items()}
        mistreatments = {peer: pool.submit(mistreat, bad_peer, command)
                         for peer, command in probes.items()}
    results = {side: {peer: future.result() for peer, future in futures.items()}
               for side, futures in (("client", attacks), ("server", mistreatments))}
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))
    texts = {side: table(sides[side], results[side]) for side in sides}
    if arguments.write:
        document = arguments.write.read_text()
        for side, text in texts.items():
            document = write(document, side, text)
        arguments.write.write_text(document)
    else:
        print("\n\n".join(texts.values()))
    ours = [row for side in results.values() for row in side["ours"].values()]
    return 0 if all(row["good"] for row in ours) else 1


if __name__ == "__main__":
    sys.exit(main())
