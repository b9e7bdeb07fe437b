"""Guesses a number by binary search, on the stock Python library."""

import argparse
import queue
import sys

import grpc

import assistant_pb2
import assistant_pb2_grpc

PATIENCE = 60  # seconds


def play(stub):
    guesses = queue.SimpleQueue()  # its end is None
    answers = stub.GuessInt(iter(guesses.get, None), timeout=PATIENCE)
    low, high, count = 1, 100, 0
    while low <= high:
        guesses.put(assistant_pb2.GuessIntRequest(guess=(low + high) // 2))
        answer = next(answers)
        count += 1
        print(answer.guess, answer.symbol, answer.message, flush=True)
        if answer.symbol == "<":
            high = answer.guess - 1
        elif answer.symbol == ">":
            low = answer.guess + 1
        else:
            guesses.put(None)
            if next(answers, None) is not None:
                sys.exit("an answer that nobody has asked for")
            return count
    sys.exit("the server contradicts itself")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="localhost:50051")
    arguments = parser.parse_args()
    with grpc.insecure_channel(arguments.address) as channel:
        try:
            count = play(assistant_pb2_grpc.AssistantServiceStub(channel))
        except grpc.RpcError as error:
            sys.exit(f"{error.code().name}: {error.details()}")
        print(f"found with {count} guesses")


if __name__ == "__main__":
    main()
