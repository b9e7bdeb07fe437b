"""A server on the stock Python library that says how it is: helloworld.Greeter, whose replies are
the --name of the server, and a health service for it. Each line of standard input, `SERVING`,
`NOT_SERVING` and so on, is what it says from then on; `end` ends the watches."""

import sys
import threading

import grpc

import generated  # noqa: F401, must come before grpc.health
from grpc.health.v1 import health_pb2, health_pb2_grpc

import flags
import named_greeter
from serve import serve

SERVICE = "helloworld.Greeter"
UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class Health(health_pb2_grpc.HealthServicer):
    def __init__(self, status):
        self._changed = threading.Condition()
        self._status = status
        self._round = 0  # of watches; those of an older one end

    def read(self, lines):
        for line in map(str.strip, lines):
            with self._changed:
                if line == "end":
                    self._round += 1
                else:
                    self._status = health_pb2.HealthCheckResponse.ServingStatus.Value(line)
                self._changed.notify_all()

    def Watch(self, request, context):
        if request.service != SERVICE:
            yield health_pb2.HealthCheckResponse(status=UNKNOWN)
            return
        last, own_round = None, self._round
        while context.is_active():
            with self._changed:
                self._changed.wait_for(
                    lambda: self._status != last or self._round != own_round, timeout=1)
                status = self._status
            if self._round != own_round:
                context.abort(grpc.StatusCode.UNAVAILABLE, "watch again")
            if status != last:
                last = status
                yield health_pb2.HealthCheckResponse(status=status)


def main():
    parser = flags.server_parser(__doc__)
    named_greeter.add_flag(parser)
    parser.add_argument("--status", default="SERVING", help="what it says first")
    arguments = parser.parse_args()
    health = Health(health_pb2.HealthCheckResponse.ServingStatus.Value(arguments.status))
    threading.Thread(target=health.read, args=(sys.stdin,), daemon=True).start()

    def add_services(server):
        named_greeter.add_to_server(server, arguments)
        health_pb2_grpc.add_HealthServicer_to_server(health, server)

    serve(add_services, arguments)


if __name__ == "__main__":
    main()
