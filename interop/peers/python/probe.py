"""Makes the calls that `bad_peer server` wants of a client, on the stock Python library."""

import argparse
import sys

import grpc

import generated  # noqa: F401, must come before grpc.testing
from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc

RESPONSE_SIZE = 100  # bytes
PATIENCE = 10  # seconds


def connect(target):
    return grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)])


def printable(text):
    """As a value of metadata."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:300])


def bad_call(stub):
    """Its status code, and what was said about it."""
    request = messages_pb2.SimpleRequest(response_size=RESPONSE_SIZE)
    try:
        response = stub.UnaryCall(request, timeout=PATIENCE)
    except grpc.RpcError as error:
        return str(error.code().value[0]), error.details() or ""
    if response is None:
        return "OK without a message", ""
    whole = len(response.payload.body) == RESPONSE_SIZE
    return "0" if whole else "OK with another body", ""


def probe(target):
    with connect(target) as channel:
        stub = test_pb2_grpc.TestServiceStub(channel)
        outcome, says = bad_call(stub)
        about = [("bad-peer-outcome", outcome), ("bad-peer-says", printable(says))]
        try:
            stub.EmptyCall(empty_pb2.Empty(), timeout=PATIENCE, metadata=about, wait_for_ready=True)
        except grpc.RpcError as error:
            print(f"the good call afterwards: {error}", file=sys.stderr)
            return False
    return True


def cases_of(target):
    """Pairs of name and port."""
    with connect(target) as channel:
        _, call = test_pb2_grpc.TestServiceStub(channel).EmptyCall.with_call(
            empty_pb2.Empty(), timeout=PATIENCE)
        listed = dict(call.trailing_metadata())["bad-peer-cases"]
    return [entry.split("=") for entry in listed.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server_host", default="127.0.0.1")
    parser.add_argument("--server_port", required=True)
    parser.add_argument("--skip", type=int, default=0, help="cases that were tried already")
    arguments = parser.parse_args()
    good = True
    for name, port in cases_of(f"{arguments.server_host}:{arguments.server_port}")[arguments.skip:]:
        print(name, flush=True)
        good = probe(f"{arguments.server_host}:{port}") and good
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
