"""Asks a Calculator for square roots with the stock Python library."""

import argparse
import sys

import grpc

import calculator_pb2
import calculator_pb2_grpc

PATIENCE = 10  # seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("values", nargs="*", type=float, default=[16.0])
    parser.add_argument("--address", default="localhost:50051")
    arguments = parser.parse_args()
    problems = []
    with grpc.insecure_channel(arguments.address) as channel:
        calculator = calculator_pb2_grpc.CalculatorStub(channel)
        for value in arguments.values:
            try:
                root = calculator.SquareRoot(calculator_pb2.Number(value=value), timeout=PATIENCE)
                print(f"√{value:g} = {root.value:g}", flush=True)
            except grpc.RpcError as error:
                problems.append(f"√{value:g}: {error.code().name}: {error.details()}")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
