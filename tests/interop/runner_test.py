"""`grpcwire interop`: exit codes, files, and what it says of programs that misbehave.

    runner_test.py GRPCWIRE MISSING    MISSING: why there are no Python peers; may be empty
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PYTHON_MISSING = sys.argv.pop()
GRPCWIRE = sys.argv.pop()
DESCRIPTIONS = Path(__file__).parent / "implementations"
THREE_CASES = "empty_unary,large_unary,ping_pong"


class Run:
    """One run of the runner; its results are in a folder of its own."""

    def __init__(self, test, *arguments, more=DESCRIPTIONS):
        folder = tempfile.mkdtemp(prefix="grpcwire-runner-test-")
        test.addCleanup(shutil.rmtree, folder)
        self.out = Path(folder)
        done = subprocess.run(
            [GRPCWIRE, "interop", f"--implementations={more}", f"--out={self.out}",
             f"--junit={self.out}/junit.xml", *arguments],
            capture_output=True, text=True, timeout=100)
        self.code, self.text = done.returncode, done.stdout + done.stderr
        results = self.out / "results.json"
        self.results = json.loads(results.read_text()) if results.exists() else None

    def cell(self, client, server, case="empty_unary", security="plaintext"):
        for cell in self.results["cells"]:
            names = (cell["client"], cell["server"], cell["case"], cell["security"])
            if names == (client, server, case, security):
                return cell
        raise AssertionError(f"no cell {client} {server} {case} {security}: {self.text}")


class Runner(unittest.TestCase):

    def assert_outcome(self, cell, outcome, *words):
        self.assertEqual(cell["outcome"], outcome, cell)
        for word in words:
            self.assertIn(word, cell["reason"])

    def assert_code(self, run, code):
        self.assertEqual(run.code, code, run.text)

    def test_why_explains_the_cells_of_a_case_that_do_not_pass(self):
        run = Run(self, "--clients=grpcwire", "--servers=dies,grpcwire", "--security=plaintext",
                  "--why=empty_unary")
        self.assert_code(run, 1)
        told = run.text.split("grpcwire calls dies, plaintext, empty_unary: fail\n")
        self.assertEqual(len(told), 2, run.text)
        self.assertIn(run.cell("grpcwire", "dies")["reason"], told[1])
        self.assertNotIn("grpcwire calls grpcwire, plaintext, empty_unary: ", run.text)
        self.assertEqual({cell["case"] for cell in run.results["cells"]}, {"empty_unary"})

    def test_a_matrix_that_passes_ends_with_0_and_leaves_its_results(self):
        run = Run(self, "--clients=grpcwire", "--servers=grpcwire", f"--cases={THREE_CASES}")
        self.assert_code(run, 0)
        self.assertEqual(run.results["totals"]["pass"], 6)
        self.assertEqual({cell["outcome"] for cell in run.results["cells"]}, {"pass"})
        self.assertEqual({cell["security"] for cell in run.results["cells"]}, {"plaintext", "tls"})
        self.assertIn("6 passed, 0 failed", run.text)
        suites = ElementTree.parse(run.out / "junit.xml").getroot()
        self.assertEqual((suites.get("tests"), suites.get("failures")), ("6", "0"))
        self.assertIn("<html", (run.out / "report.html").read_text())
        cell = run.cell("grpcwire", "grpcwire", "large_unary", "tls")
        folder = run.out / cell["folder"]
        self.assertIn("pass large_unary", (folder / "client.log").read_text())
        self.assertIn("--use_tls", (folder / "commands.sh").read_text())
        self.assertEqual(json.loads((folder / "outcome.json").read_text())["outcome"], "pass")

    def test_one_more_implementation_is_one_file(self):
        if PYTHON_MISSING:
            self.skipTest(PYTHON_MISSING)
        run = Run(self, "--clients=grpcwire", "--servers=python*", f"--cases={THREE_CASES}")
        self.assert_code(run, 0)
        for security in ("plaintext", "tls"):
            self.assert_outcome(run.cell("grpcwire", "python_one_stream", "ping_pong", security),
                                "pass")
            self.assert_outcome(run.cell("grpcwire", "python", "ping_pong", security), "pass")
        described = {i["name"]: i for i in run.results["implementations"]}
        self.assertRegex(described["python_one_stream"]["version"], r"^\d+\.\d+")

    def test_broken_programs_fail_their_own_cells_and_say_why(self):
        run = Run(self, "--clients=grpcwire,broken,lazy", "--servers=grpcwire,broken,dies",
                  "--cases=empty_unary", "--security=plaintext")
        self.assert_code(run, 1)
        self.assert_outcome(run.cell("grpcwire", "grpcwire"), "pass")
        self.assert_outcome(run.cell("broken", "grpcwire"), "fail", "exit code 1",
                            "printed nothing")
        self.assert_outcome(run.cell("lazy", "grpcwire"), "fail", "never connected")
        self.assert_outcome(run.cell("grpcwire", "broken"), "fail",
                            "the broken server ended with exit code 3", "no licence")
        dead = run.cell("grpcwire", "dies")
        self.assert_outcome(dead, "fail", "the dies server ended with exit code 7 meanwhile")
        folder = run.out / dead["folder"]
        self.assertGreater((folder / "connection.pcapng").stat().st_size, 0)
        self.assertIn("client", (folder / "frames.txt").read_text())
        self.assertTrue(dead["frames"])
        self.assertIn("FAIL   grpcwire calls dies, plaintext, empty_unary", run.text)
        failed = ElementTree.parse(run.out / "junit.xml").getroot().iter("failure")
        self.assertEqual(len(list(failed)), 8)

    def test_a_server_that_died_is_started_again_for_the_next_cell(self):
        run = Run(self, "--clients=grpcwire", "--servers=dies", f"--cases={THREE_CASES}",
                  "--security=plaintext", "--jobs=1")
        self.assert_code(run, 1)
        for case in THREE_CASES.split(","):
            self.assert_outcome(run.cell("grpcwire", "dies", case), "fail", "exit code 7")

    def test_expected_failures_are_fine_until_they_pass(self):
        expected = Path(tempfile.mkdtemp()) / "expected.json"
        self.addCleanup(shutil.rmtree, expected.parent)
        expected.write_text('[{"client": "bro*", "reason": "known"}]')
        arguments = ("--servers=grpcwire", "--cases=empty_unary", "--security=plaintext",
                     f"--expected={expected}")
        run = Run(self, "--clients=grpcwire,broken", *arguments)
        self.assert_code(run, 0)
        self.assert_outcome(run.cell("broken", "grpcwire"), "expected_failure", "known",
                            "exit code 1")
        expected.write_text('[{"case": "empty*", "reason": "not true"}]')
        run = Run(self, "--clients=grpcwire", *arguments)
        self.assert_code(run, 1)
        self.assert_outcome(run.cell("grpcwire", "grpcwire"), "unexpected_pass", "not true")

    def test_a_pass_after_a_failure_is_flaky_and_only_when_asked_for(self):
        arguments = ("--clients=flaky", "--servers=grpcwire", "--cases=empty_unary",
                     "--security=plaintext")
        self.assert_code(Run(self, *arguments), 1)
        run = Run(self, *arguments, "--retries=3")
        self.assert_code(run, 0)
        self.assert_outcome(run.cell("flaky", "grpcwire"), "flaky", "attempt 2", "exit code 1")
        self.assertEqual(run.cell("flaky", "grpcwire")["attempts"], 2)

    def test_a_client_that_hangs_is_ended(self):
        run = Run(self, "--clients=hangs", "--servers=grpcwire", "--cases=empty_unary",
                  "--security=plaintext", "--time-limit=1")
        self.assert_code(run, 1)
        self.assert_outcome(run.cell("hangs", "grpcwire"), "fail", "not done after 1 s",
                            "still thinking")

    def test_what_is_missing_is_skipped_with_a_remedy(self):
        arguments = ("--servers=grpcwire", "--cases=empty_unary", "--security=plaintext")
        run = Run(self, "--clients=absent,grpcwire", *arguments)
        self.assert_code(run, 0)
        self.assert_outcome(run.cell("absent", "grpcwire"), "skip", "no-such-program is not here",
                            "write it")
        self.assertIn("no-such-program is not here", run.text)
        run = Run(self, "--clients=absent", *arguments)
        self.assert_code(run, 1)
        self.assertIn("nothing was run", run.text)

    def test_proxies_can_stand_in_the_middle(self):
        for proxy in ("nghttpx", "haproxy"):
            with self.subTest(proxy=proxy):
                run = Run(self, "--clients=grpcwire", "--servers=grpcwire", "--cases=ping_pong",
                          f"--through={proxy},none")
                if "is not installed" in run.text:
                    self.skipTest(f"{proxy} is not installed")
                self.assert_code(run, 0)
                self.assertEqual([(cell["through"], cell["outcome"], cell["security"])
                                  for cell in run.results["cells"]],
                                 [(None, "pass", "plaintext"), (proxy, "pass", "plaintext"),
                                  (None, "pass", "tls"), (proxy, "pass", "tls")])

    def test_the_list_says_what_there_is(self):
        run = Run(self, "--list")
        self.assert_code(run, 0)
        self.assertRegex(run.text, r"grpcwire +\d+\.\d+\.\d+ +client, server")
        self.assertRegex(run.text, r"absent .*missing: no-such-program is not here; write it")
        self.assertIn("max_concurrent_streams_connection_scaling", run.text)

    def test_bad_usage_ends_with_2_and_names_the_culprit(self):
        for arguments, words in [(("--clients=nobody",), ("--clients", "nobody", "grpcwire")),
                                 (("--cases=fly",), ("--cases", "fly", "large_unary")),
                                 (("--security=none",), ("--security", "tls")),
                                 (("--through=grpcwire",), ("--through", "nghttpx")),
                                 (("--jobs=0",), ("--jobs",)),
                                 (("--expected=/no/such/file",), ("/no/such/file",))]:
            with self.subTest(arguments=arguments):
                run = Run(self, *arguments)
                self.assert_code(run, 2)
                for word in words:
                    self.assertIn(word, run.text)

    def test_a_bad_description_ends_with_2_and_names_file_and_field(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        for text, words in [('{"name": "x", "sever": {}}', ("sever", "server")),
                            ('{"name": "x"', ("line 1",)),
                            ('{"name": "grpcwire", "client": {"command": ["x"]}}',
                             ("has the name \"grpcwire\" already",))]:
            with self.subTest(text=text):
                (folder / "mine.json").write_text(text)
                run = Run(self, "--list", more=folder)
                self.assert_code(run, 2)
                self.assertIn("mine.json", run.text)
                for word in words:
                    self.assertIn(word, run.text)


if __name__ == "__main__":
    unittest.main()
