"""The table of required figures, from figures that are made up."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools/bench"))
import figures  # noqa: E402  (the folder has to be known first)
import plots  # noqa: E402
import report  # noqa: E402
import shares  # noqa: E402


def instructions(ours):
    return {"instructions": {side: {
        name: {s: {"instructions": count, "allocations": 4} for s in ("1", "100")}
        for name, count in (("floor", 100), ("grpcwire", ours))} for side in ("server", "client")}}


class Table(unittest.TestCase):
    def verdicts(self, data):
        return [row.verdict() for row in figures.table(data)]

    def test_without_figures_nothing_is_hit(self):
        self.assertEqual(set(self.verdicts({})), {"not measured"})

    def test_a_figure_is_missed_hit_or_hits_the_aim(self):
        for ours, verdict in ((160, "missed"), (150, "must"), (126, "must"), (125, "aim")):
            with self.subTest(ours=ours):
                self.assertEqual(self.verdicts(instructions(ours))[0], verdict)

    def test_what_is_missed_is_bold(self):
        self.assertIn("**1×1 1.60**", report.main_table(instructions(160)))
        self.assertNotIn("**1×1", report.main_table(instructions(150)))

    def test_one_stream_below_what_it_must_spoils_a_good_mean(self):
        def of(gb):
            return {key: {"gb_per_second": value} for key, value in zip(
                ("from_server 64 KiB", "from_server 1 MiB", "from_client 64 KiB",
                 "from_client 1 MiB"), gb)}
        data = {"streaming": {"floor": of([3, 3, 3, 3]), "Go": of([1, 1, 1, 1]),
                              "grpcwire": of([3, 3, 3, 0.9])}}
        row = figures.table(data)[5]
        self.assertEqual([cell.verdict() for cell in row.cells], ["aim", "aim", "aim", "missed", "aim"])
        self.assertEqual(row.verdict(), "missed")

    def test_a_stack_that_is_missing_is_named(self):
        data = {"servers": {name: {s: {"server_us": 1, "p50": 1} for s in ("1", "100")}
                            for name in ("floor", "grpcwire")}}
        row = figures.table(data)[2]
        self.assertEqual(row.verdict(), "not measured")
        self.assertIn("gRPC C++", row.missing)


class Shares(unittest.TestCase):
    def test_a_function_belongs_to_whom_its_own_name_says(self):
        for obj, name, whose in (
                ("libnghttp2.so.14", "nghttp2_session_mem_recv", "nghttp2"),
                ("libnghttp2.so.14", "malloc", "malloc and free"),
                ("bench_server", "asio::detail::op<grpcwire::transport::io::x>::do_complete()",
                 "Asio"),
                ("bench_server", "void grpcwire::detail::f(asio::any_io_executor)",
                 "grpcwire: calls and handlers (rpc)"),
                ("bench_server", "grpcwire::transport::session::receive(std::span<char>)",
                 "grpcwire: HTTP/2 sessions and streams (transport)"),
                ("libc.so.6", "__memcpy_avx_unaligned_erms", "memcpy and its kin"),
                ("libc.so.6", "epoll_wait", "C library and system calls")):
            with self.subTest(name=name):
                self.assertEqual(shares.owner(obj, name), whose)


class Plots(unittest.TestCase):
    def test_bars_are_as_long_as_their_values(self):
        svg = plots.bars("a < b", {"x": 1.0, "y": 2.0}, "{:.1f}", "y")
        self.assertIn("a &lt; b", svg)
        widths = [float(part.split('"')[0]) for part in svg.split('rect x="190"')[1:]
                  for part in [part.split('width="')[1]]]
        self.assertAlmostEqual(widths[1], 2 * widths[0])


if __name__ == "__main__":
    unittest.main()
