"""Captures of `grpcwire tap --pcapng`: calls of our programs, read back by Wireshark's own reader.

    capture_test.py [--no_tls] [--tshark TSHARK] BIN_FOLDER

Without TSHARK only what needs no Wireshark is tested; with it, only what does.
"""

import argparse
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

READY_SECONDS, STOP_SECONDS, CLIENT_SECONDS, TSHARK_SECONDS = 20, 20, 60, 120
CASES = ("large_unary", "ping_pong", "status_code_and_message")
DECRYPTION_SECRETS, PACKET = 10, 6


def parse_arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--no_tls", action="store_true")
    parser.add_argument("--tshark")
    parser.add_argument("bin", type=Path)
    return parser.parse_args()


class Process:
    """A program that prints `listening on ADDRESS:PORT`, its output in a file."""

    def __init__(self, log, *command):
        self._log = log
        with open(log, "wb") as output:
            self._process = subprocess.Popen([str(a) for a in command], stdout=output,
                                             stderr=subprocess.STDOUT)
        end = time.monotonic() + READY_SECONDS
        self.port = None
        while self.port is None:
            found = re.search(r"listening on \S*:(\d+)", log.read_text(errors="replace"))
            if found:
                self.port = found.group(1)
            elif time.monotonic() > end or self._process.poll() is not None:
                self.stop()
                raise RuntimeError(f"{command[0]} did not become ready: {log.read_text()}")
            else:
                time.sleep(0.01)

    def stop(self):
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def blocks(file):
    """(type, body) of each block."""
    data, found = file.read_bytes(), []
    while data:
        kind, size = struct.unpack_from("<II", data)
        if struct.unpack_from("<I", data, size - 4)[0] != size:
            raise ValueError("the two sizes of a block differ")
        found.append((kind, data[8:size - 4]))
        data = data[size:]
    return found


class Captures(unittest.TestCase):
    """One recorded conversation for all tests."""

    bin = None
    tls = False
    tshark = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = Path(cls.folder.name)
        cls.file, cls.keys = folder / "calls.pcapng", folder / "keys"
        server_flags, client_flags, tap_flags = [], [], []
        if cls.tls:
            server_flags = ["--use_tls", f"--key_log_file={cls.keys}"]
            client_flags = ["--use_tls", "--use_test_ca",
                            "--server_host_override=foo.test.google.fr"]
            tap_flags = ["--key-log", cls.keys]
        server = Process(folder / "server.log", cls.bin / "interop_server", "--port=0", *server_flags)
        try:
            tap = Process(folder / "tap.log", cls.bin / "grpcwire", "tap", "--listen", "127.0.0.1:0",
                          "--to", f"localhost:{server.port}", "--pcapng", cls.file,
                          "--save", folder / "raw", *tap_flags)
            try:
                cls.calls = [subprocess.run(
                    [cls.bin / "interop_client", f"--server_port={tap.port}", f"--test_case={case}",
                     *client_flags], capture_output=True, text=True, timeout=CLIENT_SECONDS)
                    for case in CASES]
            finally:
                cls.tap_code = tap.stop()
        finally:
            server.stop()
        cls.decode_as = [] if cls.tls else ["-d", f"tcp.port=={server.port},http2"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def ask(self, *arguments):
        """The lines that tshark prints about the capture."""
        done = subprocess.run([self.tshark, "-r", self.file, *self.decode_as, *arguments], capture_output=True,
                              text=True, timeout=TSHARK_SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_the_calls_pass_through_the_tap(self):
        for done in self.calls:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.tap_code, 0)

    def test_the_capture_has_packets_and_the_keys_of_tls_before_them(self):
        kinds = [kind for kind, _ in blocks(self.file)]
        self.assertGreater(kinds.count(PACKET), 30)
        self.assertEqual(kinds.count(DECRYPTION_SECRETS), 1 if self.tls else 0)
        if self.tls:
            self.assertLess(kinds.index(DECRYPTION_SECRETS), kinds.index(PACKET))
            secrets = dict(blocks(self.file))[DECRYPTION_SECRETS]
            self.assertIn(self.keys.read_bytes(), secrets)

    def why(self, number, case, *flags):
        raw = Path(self.folder.name) / f"raw-{number}"
        return subprocess.run([self.bin / "grpcwire", "why", "--client", f"{raw}.client",
                               "--server", f"{raw}.server", "--case", case, *flags],
                              capture_output=True, text=True, timeout=CLIENT_SECONDS)

    def test_nothing_is_wrong_with_the_calls_that_passed(self):
        flags = ["--key-log", self.keys] if self.tls else []
        for number, case in enumerate(CASES, 1):
            done = self.why(number, case, *flags)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("All frames keep the rules", done.stdout)
        done = self.why(1, "server_compressed_unary", *flags)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn("The response number 1 of UnaryCall is not compressed", done.stdout)

    def test_without_keys_tls_stays_closed(self):
        if not self.tls:
            self.skipTest("plaintext is open to everybody")
        done = self.why(1, "large_unary")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("encrypted with TLS", done.stdout)

    def test_wireshark_sees_three_connections_without_a_fault(self):
        self.assertEqual(len(self.ask("-Y", "tcp.flags.syn==1 && tcp.flags.ack==0")), len(CASES))
        self.assertEqual(self.ask("-Y", "_ws.malformed || _ws.expert.severity==error"), [])
        self.assertEqual(self.ask("-Y", "tcp.analysis.flags && !tcp.analysis.window_update"), [])
        bad = "ip.checksum.status==Bad || tcp.checksum.status==Bad"
        self.assertEqual(self.ask("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
                                  "-Y", bad), [])

    def test_wireshark_sees_the_calls_and_their_messages(self):
        paths = self.ask("-Y", "http2.headers.path", "-T", "fields", "-e", "http2.headers.path")
        methods = [path.rsplit("/", 1)[-1] for line in paths for path in line.split(",")]
        self.assertEqual(sorted(methods), ["FullDuplexCall", "FullDuplexCall", "UnaryCall",
                                           "UnaryCall"])
        lengths = ",".join(self.ask("-Y", "grpc", "-T", "fields", "-e", "grpc.message_length"))
        self.assertIn("271840", lengths)
        self.assertIn("314167", lengths)

    def test_wireshark_shows_the_comments(self):
        comments = "\n".join(self.ask("-Y", "frame.comment", "-T", "fields", "-e",
                                      "frame.comment"))
        self.assertIn("connection #1: client port", comments)
        self.assertIn("connection #3: client port", comments)
        if not self.tls:
            self.assertIn("UnaryCall of grpc.testing.TestService", comments)


class CapturesOfTls(Captures):
    tls = True


class CapturesOfPlaintext(Captures):
    pass


def main():
    arguments = parse_arguments()
    Captures.bin = arguments.bin
    Captures.tshark = arguments.tshark
    classes = [CapturesOfPlaintext] if arguments.no_tls else [CapturesOfPlaintext, CapturesOfTls]
    loader = unittest.TestLoader()
    names = loader.getTestCaseNames(Captures)
    # Two tests of ctest: what needs tshark, and what does not.
    chosen = [n for n in names if ("wireshark" in n) == (arguments.tshark is not None)]
    suite = unittest.TestSuite(kind(name) for kind in classes for name in chosen)
    return 0 if unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
