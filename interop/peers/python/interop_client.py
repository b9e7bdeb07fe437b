"""The test cases of interop_client on the stock Python library. Exit code 0 only on a pass."""

import argparse
import sys
import traceback

import grpc

import flags
from cases import CASES, Context, allowed_cases


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server_host", default="localhost")
    parser.add_argument("--server_port", type=int, default=10000)
    parser.add_argument("--server_host_override")
    parser.add_argument("--test_case", default="large_unary",
                        help=f"one of {', '.join(CASES)}, or all")
    parser.add_argument("--additional_metadata", type=flags.metadata, default=[])
    parser.add_argument("--soak_iterations", type=int, default=10)
    parser.add_argument("--soak_max_failures", type=int, default=0)
    parser.add_argument("--soak_per_iteration_max_acceptable_latency_ms", type=int, default=1000)
    parser.add_argument("--soak_request_size", type=int, default=271828)
    parser.add_argument("--soak_response_size", type=int, default=314159)
    parser.add_argument("--iteration_interval", type=float, default=10, help="seconds")
    parser.add_argument("--server_control_port", type=int)
    parser.add_argument("--server_retry_port", type=int)
    parser.add_argument("--max_reconnect_backoff_ms", type=int, default=120000)
    parser.add_argument("--reconnect_seconds", type=float, default=540)
    flags.add_client_tls_flags(parser)
    flags.add_boolean(parser, "--use_alts", flags.only_false)
    arguments = parser.parse_args()
    if arguments.test_case != "all" and arguments.test_case not in CASES:
        parser.error(f"no test case is called '{arguments.test_case}'; these are known: "
                     f"{', '.join(CASES)}, all")
    if arguments.test_case == "connection_backoff" and not (
            arguments.server_control_port and arguments.server_retry_port):
        parser.error("connection_backoff needs --server_control_port and --server_retry_port")
    return arguments


def passes(name, arguments):
    try:
        with Context(arguments) as context:
            CASES[name](context)
    except (AssertionError, grpc.RpcError) as failure:
        print(f"FAIL {name}: {failure}", file=sys.stderr)
        traceback.print_exc()
        return False
    print(f"pass {name}", flush=True)
    return True


def main():
    arguments = parse_arguments()
    names = allowed_cases(arguments) if arguments.test_case == "all" else [arguments.test_case]
    sys.exit(0 if all([passes(name, arguments) for name in names]) else 1)


if __name__ == "__main__":
    main()
