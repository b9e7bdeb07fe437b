"""Greets twice with the stock Python library: without a token, then with one and in a trace."""

import argparse
import sys

import grpc

from helloworld import helloworld_pb2, helloworld_pb2_grpc

PATIENCE = 10  # seconds
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("name")
    parser.add_argument("token")
    arguments = parser.parse_args()
    request = helloworld_pb2.HelloRequest(name=arguments.name)
    with grpc.insecure_channel(arguments.address) as channel:
        stub = helloworld_pb2_grpc.GreeterStub(channel)
        try:
            stub.SayHello(request, timeout=PATIENCE)
            sys.exit("the call without a token was served")
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}")
            if error.code() != grpc.StatusCode.UNAUTHENTICATED:
                sys.exit("that is the wrong refusal")
        metadata = (("authorization", f"Bearer {arguments.token}"),
                    ("traceparent", f"00-{TRACE_ID}-b7ad6b7169203331-01"))
        reply, call = stub.SayHello.with_call(request, timeout=PATIENCE, metadata=metadata)
        print(reply.message)
        if dict(call.initial_metadata()).get("x-trace-id") != TRACE_ID:
            sys.exit("the server does not know the trace")


if __name__ == "__main__":
    main()
