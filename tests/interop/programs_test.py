"""interop_client and interop_server as commands: flags, refusals and exit codes.

    programs_test.py BIN_FOLDER
"""

import re
import socket
import subprocess
import sys
import unittest
from pathlib import Path

BIN = Path(sys.argv.pop())


def run(program, *arguments):
    return subprocess.run([BIN / program, *arguments], capture_output=True, text=True, timeout=30)


class RunningServer:
    def __init__(self, program, *arguments):
        self._process = subprocess.Popen([BIN / program, *arguments], stdout=subprocess.PIPE,
                                         text=True)
        line = self._process.stdout.readline()
        self.port = re.search(r"listening on \S*:(\d+)", line).group(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self.exit_code = self._process.wait(10)
        self._process.stdout.close()


class Client(unittest.TestCase):

    def assert_refused(self, done, *words):
        self.assertNotEqual(done.returncode, 0)
        for word in words:
            self.assertIn(word, done.stdout + done.stderr)

    def test_an_unknown_case_is_answered_with_the_known_ones(self):
        self.assert_refused(run("interop_client", "--test_case", "fly"), "'fly'", "large_unary",
                            "channel_soak", "all")

    def test_flags_that_would_change_the_test_are_refused(self):
        for arguments in [("--use_alts=true",),
                          ("--custom_credentials_type", "google_default_credentials"),
                          ("--default_service_account", "a@b"), ("--oauth_scope=c",)]:
            with self.subTest(arguments=arguments):
                self.assert_refused(run("interop_client", *arguments), arguments[0].split("=")[0])

    def test_flags_about_tls_are_refused_where_they_would_have_no_effect(self):
        for arguments in [("--use_test_ca", "true"), ("--ca_file=ca.pem",),
                          ("--tls_cert_file", "c.pem"), ("--tls_key_file", "c.key"),
                          ("--tls_cert_file=c.pem", "--use_tls"),
                          ("--tls_key_file=c.key", "--use_tls=true")]:
            with self.subTest(arguments=arguments):
                self.assert_refused(run("interop_client", *arguments), arguments[0].split("=")[0])

    def test_cases_about_identity_say_which_flag_they_need(self):
        self.assert_refused(run("interop_client", "--test_case=call_credentials"),
                            "call_credentials needs --use_tls")
        self.assert_refused(run("interop_client", "--test_case=client_certificate", "--use_tls"),
                            "client_certificate needs --tls_cert_file")

    def test_unknown_flags_and_bad_values_are_refused(self):
        for arguments in [("--fly",), ("--use_tls=perhaps",), ("--server_port", "70000"),
                          ("--soak_iterations", "0"), ("--additional_metadata", "novalue"),
                          ("--additional_metadata", "grpc-timeout:1S"),
                          ("--service_config_json", '{"methodConfig": 5}')]:
            with self.subTest(arguments=arguments):
                self.assert_refused(run("interop_client", *arguments), arguments[0].split("=")[0])

    def test_each_way_to_say_no_is_understood(self):
        with RunningServer("interop_server", "--port=0", "--use_tls", "false") as server:
            for no in [("--use_tls=false",), ("--use_tls", "false"),
                       ("--use_tls=false", "--use_test_ca=false", "--service_config_json="),
                       ("--server_host_override=", "--additional_metadata=", "--ca_file", ""),
                       ("--tls_cert_file=", "--tls_key_file=", "--use_tls=0")]:
                with self.subTest(no=no):
                    done = run("interop_client", *no, "--server_port", server.port)
                    self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.exit_code, 0)

    def test_port_0_takes_the_host_as_a_whole_target(self):
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_client", "--server_host", f"dns:///localhost:{server.port}",
                       "--server_port=0", "--additional_metadata", "a:b:c;d:",
                       "--server_host_override", "foo.test.google.fr")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_failed_case_says_what_was_expected_and_what_came(self):
        with RunningServer("hello_server", "127.0.0.1:0") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case=large_unary")
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected OK", done.stderr)
        self.assertIn("UNIMPLEMENTED", done.stderr)

    def test_no_server_is_a_failure(self):
        with socket.socket() as taken:  # bound and not listening: connections are refused
            taken.bind(("127.0.0.1", 0))
            done = run("interop_client", "--server_host=127.0.0.1",
                       f"--server_port={taken.getsockname()[1]}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("UNAVAILABLE", done.stderr)

    def test_a_soak_that_is_too_slow_fails(self):
        with RunningServer("interop_server", "--port", "0") as server:
            base = ["interop_client", "--server_port", server.port, "--test_case", "rpc_soak",
                    "--soak_response_size=3000000", "--soak_iterations=6", "--soak_num_threads=2",
                    "--soak_per_iteration_max_acceptable_latency_ms=1",
                    "--soak_overall_timeout_seconds=20"]
            self.assert_refused(run(*base), "exceeds max acceptable latency", "at most 0 may")
            done = run(*base, "--soak_max_failures=6")
            self.assertEqual(done.returncode, 0, done.stderr)


class Server(unittest.TestCase):

    def test_flags_that_would_change_the_test_are_refused(self):
        for arguments in [("--tls_cert_file", "s.pem"), ("--tls_key_file", "s.key"),
                          ("--tls_client_ca_file", "ca.pem"), ("--tls_key_file", "k", "--use_tls"),
                          ("--use_alts=true",), ("--address_type", "IPX"),
                          ("--max_concurrent_streams=0",)]:
            with self.subTest(arguments=arguments):
                done = run("interop_server", *arguments)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(arguments[0].split("=")[0], done.stdout + done.stderr)

    def test_a_port_that_is_taken_is_a_failure(self):
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_server", "--port", server.port)
        self.assertEqual(done.returncode, 1)
        self.assertIn(server.port, done.stderr)

    def test_one_stream_at_a_time_is_enough_for_all_cases(self):
        with RunningServer("interop_server", "--port=0", "--max_concurrent_streams=1") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case", "all")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_addresses_are_what_the_type_says(self):
        for kind, hosts in [("IPV4", ["127.0.0.1"]), ("IPV6", ["::1"]),
                            ("ipv4_ipv6", ["127.0.0.1", "::1"])]:
            with RunningServer("interop_server", "--port=0", "--address_type", kind) as server:
                for host in ["127.0.0.1", "::1"]:
                    with self.subTest(kind=kind, host=host):
                        done = run("interop_client", "--server_host", host, "--server_port",
                                   server.port, "--test_case=empty_unary")
                        self.assertEqual(done.returncode == 0, host in hosts, done.stderr)


if __name__ == "__main__":
    unittest.main()
