"""Asks a health service on the stock Python library.

    health_client.py TARGET [SERVICE]

Prints the answers of Check and List, then each answer of Watch as it comes, until the server or
the caller ends it.
"""

import sys

import grpc

import generated  # noqa: F401, must come before grpc.health
from grpc.health.v1 import health_pb2, health_pb2_grpc

PATIENCE = 20  # seconds


def name(response):
    return health_pb2.HealthCheckResponse.ServingStatus.Name(response.status)


def main():
    target, service = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    with grpc.insecure_channel(target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            print("Check", name(stub.Check(request, timeout=PATIENCE)), flush=True)
        except grpc.RpcError as error:
            print("Check", error.code().name, flush=True)
        statuses = stub.List(health_pb2.HealthListRequest(), timeout=PATIENCE).statuses
        print("List", *(f"'{key}'={name(statuses[key])}" for key in sorted(statuses)), flush=True)
        try:
            for response in stub.Watch(request, timeout=PATIENCE):
                print("Watch", name(response), flush=True)
        except grpc.RpcError as error:
            print("Watch", error.code().name, flush=True)


if __name__ == "__main__":
    main()
