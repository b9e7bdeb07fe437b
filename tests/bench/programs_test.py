"""The programs that are measured do their calls: each client of ours with each server of ours."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools/bench"))
import memory  # noqa: E402  (the folder has to be known first)
from programs import Failed, Server, run_load  # noqa: E402

BIN = Path(os.environ["GRPCWIRE_BIN"])
SERVERS = {"floor": [BIN / "bench_floor"], "grpcwire": [BIN / "bench_server"]}
CLIENTS = {"floor": [BIN / "bench_floor", "client"], "grpcwire": [BIN / "bench_client"]}


class Programs(unittest.TestCase):
    def load(self, client, server, *flags):
        return run_load([*CLIENTS[client], "--port", server.port, *flags], patience=120)

    def test_every_method_is_called_by_each_client_at_each_server(self):
        for server_name, command in SERVERS.items():
            with Server(command) as server:
                for client in CLIENTS:
                    for rpc in ("unary", "streaming", "from_server", "from_client", "both_ways"):
                        with self.subTest(server=server_name, client=client, rpc=rpc):
                            figures = self.load(client, server, "--rpc", rpc, "--calls", 60,
                                                "--connections", 2, "--streams", 3,
                                                "--request-size", 20_000,
                                                "--response-size", 20_000)
                            self.assert_sound(figures, rpc)

    def assert_sound(self, figures, rpc):
        if rpc != "both_ways":  # there the server decides how many responses come
            self.assertGreaterEqual(figures["calls"], 60)
        self.assertGreater(figures["bytes_per_second"], 0)
        if rpc in ("unary", "streaming"):
            latency = figures["latency_us"]
            self.assertEqual(figures["calls"], 60)
            self.assertLessEqual(latency["p50"], latency["p99"])
            self.assertLessEqual(latency["p99"], latency["max"])

    def test_messages_of_a_megabyte_arrive_whole(self):
        for server_name, command in SERVERS.items():
            with Server(command) as server:
                for client in CLIENTS:
                    for rpc in ("from_server", "from_client", "streaming"):
                        with self.subTest(server=server_name, client=client, rpc=rpc):
                            figures = self.load(client, server, "--rpc", rpc, "--calls", 5,
                                                "--request-size", 1 << 20,
                                                "--response-size", 1 << 20)
                            self.assertGreaterEqual(figures["calls"], 5)

    def test_an_open_loop_begins_as_many_calls_as_asked(self):
        with Server(SERVERS["grpcwire"]) as server:
            figures = self.load("grpcwire", server, "--rate", 1000, "--calls", 50, "--streams", 8)
            self.assertEqual(figures["calls"], 50)
            # The fiftieth call is not meant to begin before 49 thousandths of a second.
            self.assertGreaterEqual(figures["seconds"], 0.049)

    def test_a_holding_client_keeps_what_it_says(self):
        for client in CLIENTS:
            with self.subTest(client=client), Server(SERVERS["grpcwire"]) as server, \
                    memory.Holder(CLIENTS[client], server, "--rpc", "streaming",
                                  "--connections", 3, "--streams", 5) as holder:
                holder.reach("connected")
                holder.go_on()
                holder.reach("holding")
                self.assertIsNone(holder.process.poll())

    def test_a_call_that_fails_fails_the_client(self):
        for client in CLIENTS:
            with self.subTest(client=client), self.assertRaises(Failed):
                run_load([*CLIENTS[client], "--port", 1, "--calls", 1], patience=120)

    def test_flags_that_make_no_sense_are_refused(self):
        for flags in ([], ["--calls", "1", "--threads", "2"],
                      ["--calls", "1", "--rate", "5", "--rpc", "streaming"]):
            with self.subTest(flags=flags):
                done = subprocess.run([*CLIENTS["grpcwire"], *flags], capture_output=True,
                                      text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("bench_client: ", done.stderr)

    def test_figures_are_written_as_json(self):
        with tempfile.TemporaryDirectory() as folder, Server(SERVERS["floor"]) as server:
            file = Path(folder, "figures.json")
            done = subprocess.run([*CLIENTS["floor"], "--port", str(server.port), "--calls", "3",
                                   "--json", file], capture_output=True, timeout=60, check=True)
            self.assertEqual(json.loads(file.read_text()), json.loads(done.stdout))


if __name__ == "__main__":
    unittest.main()
