"""interop_client and interop_server as commands: flags, refusals and exit codes.

    programs_test.py BIN_FOLDER
"""

import re
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

BIN = Path(sys.argv.pop())


def run(program, *arguments):
    return subprocess.run([BIN / program, *arguments], capture_output=True, text=True, timeout=30)


class RunningServer:
    def __init__(self, program, *arguments):
        self._process = subprocess.Popen([BIN / program, *arguments], stdout=subprocess.PIPE,
                                         text=True)
        self.ports = {}  # by what is there: control, retry
        while "listening" not in self.ports:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"{program} ended with {self._process.wait()}")
            found = re.match(r"(\w+) on \S*:(\d+)", line)
            self.ports[found.group(1)] = found.group(2)
        self.port = self.ports["listening"]

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
                          ("--alts_handshaker_service_address=a:1",),
                          ("--google_c2p_universe_domain", "a"), ("--enable_observability",),
                          ("--do_not_abort_on_transient_failures", "true"),
                          ("--log_metadata_and_status",),
                          ("--default_service_account", "a@b"), ("--oauth_scope=c",)]:
            with self.subTest(arguments=arguments):
                self.assert_refused(run("interop_client", *arguments), arguments[0].split("=")[0])

    def test_official_cases_that_are_not_run_are_refused_with_the_reason(self):
        for name, reason in [("cacheable_unary", "proxy"), ("compute_engine_creds", "cloud"),
                             ("compute_engine_channel_credentials", "cloud"),
                             ("google_default_credentials", "cloud"), ("jwt_token_creds", "cloud"),
                             ("oauth2_auth_token", "cloud"), ("per_rpc_creds", "cloud"),
                             ("service_account_creds", "cloud")]:
            with self.subTest(name=name):
                self.assert_refused(run("interop_client", "--test_case", name),
                                    f"{name} is not run: ", reason)

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

    def test_cases_with_a_server_of_their_own_say_which_flags_they_need(self):
        self.assert_refused(
            run("interop_client", "--test_case=max_concurrent_streams_connection_scaling"),
            "--service_config_json", "maxConnectionsPerSubchannel", "--max_concurrent_streams=2")
        for given in [(), ("--server_retry_port=1",), ("--server_control_port=1",)]:
            self.assert_refused(run("interop_client", "--test_case=connection_backoff", *given),
                                "connection_backoff needs --server_control_port")

    def test_unknown_flags_and_bad_values_are_refused(self):
        for arguments in [("--fly",), ("--use_tls=perhaps",), ("--server_port", "70000"),
                          ("--soak_iterations", "0"), ("--additional_metadata", "novalue"),
                          ("--additional_metadata", "grpc-timeout:1S"),
                          ("--additional_metadata", "a:b;;c:d"), ("--additional_metadata", ":b"),
                          ("--additional_metadata", "a b:c"), ("--additional_metadata=k-bin:AA",),
                          ("--additional_metadata", "k:\u00e9"),
                          ("--iteration_interval=-1",), ("--max_reconnect_backoff_ms=0",),
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

    def test_additional_metadata_goes_with_each_call(self):
        """What the server echoes is more than the case sent, so the case says all that came."""
        echoed = "x-grpc-test-echo-initial"
        sent = f"{echoed.upper()}:a:b,c;other:x;{echoed}:"
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_client", "--server_port", server.port,
                       "--test_case=custom_metadata", "--additional_metadata", sent)
        self.assert_refused(done, '"a:b,c", "", "test_initial_metadata_value"')

    def test_a_failed_case_says_what_was_expected_and_what_came(self):
        with RunningServer("hello_server", "127.0.0.1:0") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case=large_unary")
        self.assertEqual(done.returncode, 1)
        self.assertIn("expected OK", done.stderr)
        self.assertIn("UNIMPLEMENTED", done.stderr)

    def test_a_failed_case_shows_the_last_frames(self):
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_client", "--server_port", server.port,
                       "--test_case=custom_metadata", "--additional_metadata",
                       "x-grpc-test-echo-initial:again")
        self.assertEqual(done.returncode, 1)
        head, *frames = done.stderr[done.stderr.index("The last "):].splitlines()
        self.assertRegex(head, r"^The last of \d+ frames:$")
        self.assertLessEqual(len(frames), 20)
        for frame in frames:
            self.assertRegex(frame, r"^  (sent|received) [A-Z_]+, ")
        end = next(f for f in frames if f.startswith("  received HEADERS, stream 1, END_STREAM"))
        self.assertIn("grpc-status 0", end)
        sizes = [int(f.split()[-2]) for f in frames if f.startswith("  received DATA, stream 1")]
        self.assertGreater(sum(sizes), 150000, frames)

    def test_no_more_than_20_lines_of_frames_are_shown(self):
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case=rpc_soak",
                       "--soak_iterations=20", "--soak_request_size=1", "--soak_response_size=1",
                       "--soak_overall_timeout_seconds=1", "--soak_min_time_ms_between_rpcs=100")
        self.assert_refused(done, "iterations that finished in time: expected 20")
        self.assertEqual(len(re.findall(r"^  (?:sent|received) ", done.stderr, re.M)), 20)

    def test_a_passed_case_shows_no_frames(self):
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case=empty_unary")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "pass empty_unary\n", ""))

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

    def test_each_iteration_of_a_soak_has_its_line(self):
        with RunningServer("interop_server", "--port", "0") as server:
            base = ["interop_client", "--server_host=127.0.0.1", "--server_port", server.port,
                    "--test_case", "rpc_soak", "--soak_response_size=1", "--soak_request_size=1",
                    "--soak_per_iteration_max_acceptable_latency_ms=20000", "--soak_iterations=4"]
            one, two = run(*base), run(*base, "--soak_num_threads=2")
            odd = run(*base, "--soak_num_threads=3")
        address = rf"127\.0\.0\.1:{server.port}"
        line = rf"soak iteration: (\d) elapsed_ms: \d+\.\d{{3}} peer: {address} " \
               rf"server_uri: {address} succeeded$"
        self.assertEqual([one.returncode, two.returncode], [0, 0], one.stderr + two.stderr)
        self.assertEqual(re.findall("^" + line, one.stderr, re.M), ["0", "1", "2", "3"])
        self.assertEqual(sorted(re.findall(r"^Worker (\d): " + line, two.stderr, re.M)),
                         [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")])
        self.assert_refused(odd, "4 soak iterations cannot be shared evenly by 3 threads")

    def test_a_balancing_policy_other_than_that_of_load_reports_is_named_as_the_reason(self):
        with RunningServer("interop_server", "--port", "0") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case=orca_per_rpc",
                       "--service_config_json", '{"loadBalancingConfig": [{"round_robin": {}}]}')
        self.assert_refused(done, "test_backend_metrics_load_balancer heard of no call",
                            "--service_config_json")

    def test_load_reports_are_those_of_one_client_at_a_time(self):
        """Without taking turns both would set what the other one reads."""
        with RunningServer("interop_server", "--port", "0") as server:
            both = [subprocess.Popen([BIN / "interop_client", "--server_port", server.port,
                                      "--test_case=orca_oob"], stderr=subprocess.PIPE, text=True)
                    for _ in range(2)]
            for client in both:
                said = client.communicate(timeout=60)[1]
                self.assertEqual(client.returncode, 0, said)

    def test_all_connections_from_one_place_fail_the_case_of_connection_scaling(self):
        config = '{"connectionScaling": {"maxConnectionsPerSubchannel": 2}}'
        with RunningServer("interop_server", "--port", "0") as server:  # 256 streams are allowed
            done = run("interop_client", "--server_port", server.port, "--service_config_json",
                       config, "--test_case=max_concurrent_streams_connection_scaling")
        self.assert_refused(done, "another connection was expected")


class Server(unittest.TestCase):

    def test_flags_that_would_change_the_test_are_refused(self):
        for arguments in [("--tls_cert_file", "s.pem"), ("--tls_key_file", "s.key"),
                          ("--tls_client_ca_file", "ca.pem"), ("--tls_key_file", "k", "--use_tls"),
                          ("--use_alts=true",), ("--address_type", "IPX"),
                          ("--control_port=0",), ("--retry_port=0",),
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

    def test_three_streams_at_a_time_are_enough_for_all_cases(self):
        """orca_oob needs three: its call, that of the policy, and those that hear the reports."""
        with RunningServer("interop_server", "--port=0", "--max_concurrent_streams=3") as server:
            done = run("interop_client", "--server_port", server.port, "--test_case", "all")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_one_stream_at_a_time_is_enough_for_streaming_cases(self):
        with RunningServer("interop_server", "--port=0", "--max_concurrent_streams=1") as server:
            for case in ["custom_metadata", "cancel_after_first_response", "ping_pong",
                         "client_compressed_streaming", "timeout_on_sleeping_server", "rpc_soak"]:
                with self.subTest(case=case):
                    done = run("interop_client", "--server_port", server.port, "--test_case", case,
                               "--soak_num_threads=5",
                               "--soak_per_iteration_max_acceptable_latency_ms=20000")
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_pauses_between_attempts_to_connect_are_measured(self):
        """The server allows 100 ms more than the jitter, which a busy machine may use up; a client
        that is wrong is wrong each time."""
        for _ in range(5):
            with RunningServer("interop_server", "--port=0", "--control_port=0",
                               "--retry_port=0") as server:
                done = run("interop_client", "--server_control_port", server.ports["control"],
                           "--server_retry_port", server.ports["retry"], "--reconnect_seconds=4",
                           "--max_reconnect_backoff_ms=1000", "--test_case=connection_backoff")
            self.assertEqual(server.exit_code, 0)
            if done.returncode == 0:
                break
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        pauses = re.findall(r"(\d+) ms", done.stdout)
        self.assertGreaterEqual(len(pauses), 2, done.stdout)

    def test_wrong_pauses_between_attempts_to_connect_are_a_failure(self):
        """The client tries elsewhere, and somebody in a hurry comes in its place."""
        with RunningServer("interop_server", "--port=0", "--control_port=0",
                           "--retry_port=0") as server:
            with subprocess.Popen(
                    [BIN / "interop_client", "--server_control_port", server.ports["control"],
                     "--server_retry_port=1", "--reconnect_seconds=2",
                     "--test_case=connection_backoff"],
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
                while client.poll() is None:
                    socket.create_connection(("127.0.0.1", int(server.ports["retry"]))).close()
                    time.sleep(0.05)
                said = client.communicate()
        self.assertEqual(client.returncode, 1, said)
        self.assertRegex(said[1], r"What came: \d+ ms, \d+ ms")

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
