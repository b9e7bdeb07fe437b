"""Sends a message to an echo on the stock Python library; then a stream of them, whose echoes come
while it still sends."""

import argparse
import sys
import time

import grpc

import bidirectional_pb2
import bidirectional_pb2_grpc
import unary_pb2
import unary_pb2_grpc

PATIENCE = 60  # seconds
PAUSE = 0.5  # seconds between messages


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def paced(messages, time_scale):
    """grpcio takes the requests from here in a thread of its own."""
    for message in messages:
        say(f"-> {message}")
        yield bidirectional_pb2.Message(message=message)
        time.sleep(PAUSE * time_scale)
    say("all is said")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", nargs="*", default=["one", "two", "three", "four", "five"])
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--time-scale", type=float, default=1)
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.address) as channel:
        try:
            response = unary_pb2_grpc.UnaryStub(channel).GetServerResponse(
                unary_pb2.Message(message=arguments.messages[0]), timeout=PATIENCE)
            say(f"unary: {response.message}{', received' if response.received else ''}")
            echoes = bidirectional_pb2_grpc.BidirectionalStub(channel).GetServerResponse(
                paced(arguments.messages, arguments.time_scale), timeout=PATIENCE)
            for echo in echoes:
                say(f"<- {echo.message}")
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
