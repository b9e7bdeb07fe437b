"""A health service on the stock Python library: the server as a whole serves, `down` does not, and
`flapping` changes its mind each time a watcher has heard of it."""

import itertools

import grpc

import generated  # noqa: F401, must come before grpc.health
from grpc.health.v1 import health_pb2, health_pb2_grpc

import flags
from serve import serve

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
STATUSES = {"": SERVING, "down": NOT_SERVING, "flapping": SERVING}


class Health(health_pb2_grpc.HealthServicer):
    def Check(self, request, context):
        if request.service not in STATUSES:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return health_pb2.HealthCheckResponse(status=STATUSES[request.service])

    def Watch(self, request, context):
        unknown = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        first = STATUSES.get(request.service, unknown)
        yield health_pb2.HealthCheckResponse(status=first)
        if request.service == "flapping":
            for status in itertools.cycle([NOT_SERVING, SERVING]):
                yield health_pb2.HealthCheckResponse(status=status)


def main():
    serve(lambda server: health_pb2_grpc.add_HealthServicer_to_server(Health(), server),
          flags.server_parser(__doc__).parse_args())


if __name__ == "__main__":
    main()
