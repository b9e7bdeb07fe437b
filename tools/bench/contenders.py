"""Who is compared: the floor, grpcwire, and the stock stacks that are there."""

import re
from pathlib import Path

from programs import ROOT

FLOOR = "floor"
OURS = "grpcwire"
CPP = ("gRPC C++ sync", "gRPC C++ async", "gRPC C++ callback")
GO = "Go"
PYTHON = "Python"


def _python(bin_folder):
    """The interpreter that the build found for stock gRPC, and the folder of its programs."""
    build = Path(bin_folder).parent
    cache = build / "CMakeCache.txt"
    found = re.search(r"^GRPCWIRE_PEER_PYTHON:\w+=(.+)$",
                      cache.read_text() if cache.exists() else "", re.MULTILINE)
    return found.group(1) if found else "/usr/bin/python3", build / "interop/peers/python"


class Contenders:
    """`servers` and `clients` by name: commands; `missing`: why others are not there."""

    def __init__(self, bin_folder):
        bin_folder = Path(bin_folder)
        go = ROOT / "build/peers/go"
        python, scripts = _python(bin_folder)
        self.missing = {}
        self.servers = {FLOOR: [bin_folder / "bench_floor"], OURS: [bin_folder / "bench_server"]}
        self.clients = {FLOOR: [bin_folder / "bench_floor", "client"],
                        OURS: [bin_folder / "bench_client"]}
        for name in CPP:
            api = ["--api", name.rpartition(" ")[2]]
            self._add(self.servers, name, [bin_folder / "stock_bench_server", *api],
                      "tools/dev setup test, then build again")
            self._add(self.clients, name, [bin_folder / "stock_bench_client", *api],
                      "tools/dev setup test, then build again")
        self._add(self.servers, GO, [go / "bench_server"], "interop/peers/setup go")
        self._add(self.clients, GO, [go / "bench_client"], "interop/peers/setup go")
        self._add(self.servers, PYTHON, [scripts / "bench_server.py"], "tools/dev setup test")
        self._add(self.clients, PYTHON, [scripts / "bench_client.py"], "tools/dev setup test")
        if PYTHON in self.servers:
            self.servers[PYTHON] = [python, scripts / "bench_server.py", "--port", "0"]
        if PYTHON in self.clients:
            self.clients[PYTHON] = [python, scripts / "bench_client.py"]

    def _add(self, to, name, command, remedy):
        if command[0].exists():
            to[name] = command
        else:
            self.missing[name] = f"{command[0].name} is not there; {remedy}"

    def best_cpp(self, figures, key=lambda figure: figure):
        """The least of what gRPC C++ needs, of its three APIs; None without it."""
        there = [key(figures[name]) for name in CPP if name in figures]
        return min(there) if there else None
