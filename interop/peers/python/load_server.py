"""A server on the stock Python library that says how busy it is: helloworld.Greeter, whose replies
are the --name of the server, and reports out of band with --utilization at 100 queries a second."""

import time

import generated  # noqa: F401, must come before modules below grpc
from xds.data.orca.v3 import orca_load_report_pb2
from xds.service.orca.v3 import orca_pb2_grpc

import flags
import named_greeter
from serve import serve


class Load(orca_pb2_grpc.OpenRcaServiceServicer):
    def __init__(self, utilization):
        self._report = orca_load_report_pb2.OrcaLoadReport(
            application_utilization=utilization, rps_fractional=100,
            named_metrics={"queue": 3.5})

    def StreamCoreMetrics(self, request, context):
        interval = request.report_interval
        while context.is_active():
            yield self._report
            time.sleep(interval.seconds + interval.nanos / 1e9)


def main():
    parser = flags.server_parser(__doc__)
    named_greeter.add_flag(parser)
    parser.add_argument("--utilization", type=float, default=0.5)
    arguments = parser.parse_args()

    def add_services(server):
        named_greeter.add_to_server(server, arguments)
        orca_pb2_grpc.add_OpenRcaServiceServicer_to_server(Load(arguments.utilization), server)

    serve(add_services, arguments)


if __name__ == "__main__":
    main()
