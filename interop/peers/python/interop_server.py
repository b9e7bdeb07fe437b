"""grpc.testing.TestService on the stock Python library.

It does not know whether a message came compressed, so expect_compressed is not looked at. It knows
nothing of load reports either: what trailers and OpenRcaService carry is made here.
"""

import contextlib
import os
import threading
import time

import grpc

import generated  # noqa: F401, must come before grpc.testing
from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc
from xds.data.orca.v3 import orca_load_report_pb2
from xds.service.orca.v3 import orca_pb2_grpc

import flags
from serve import serve

STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"
LOAD_TRAILER = "endpoint-load-metrics-bin"


def echo_metadata(context, *trailers):
    received = context.invocation_metadata()
    initial = [entry for entry in received if entry[0] == ECHO_INITIAL]
    if initial:
        context.send_initial_metadata(initial)
    echoed = [entry for entry in received if entry[0] == ECHO_TRAILING]
    context.set_trailing_metadata([*echoed, *trailers])


def load_report(wish):
    return orca_load_report_pb2.OrcaLoadReport(
        cpu_utilization=wish.cpu_utilization, mem_utilization=wish.memory_utilization,
        request_cost=wish.request_cost, utilization=wish.utilization)


class Load(orca_pb2_grpc.OpenRcaServiceServicer):
    """What the server reports out of band; `turn` is of the one caller who may say what."""

    def __init__(self):
        self.turn = threading.Lock()
        self.report = orca_load_report_pb2.OrcaLoadReport()

    def StreamCoreMetrics(self, request, context):
        interval = max(1, request.report_interval.seconds + request.report_interval.nanos / 1e9)
        while context.is_active():
            yield self.report
            time.sleep(interval)


def username(context):
    """Who the caller proved to be with its certificate; empty without one."""
    return context.auth_context().get("x509_common_name", [b""])[0].decode()


def payload(context, kind, size):
    if kind != messages_pb2.COMPRESSABLE:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"payload type {kind} is not supported")
    return messages_pb2.Payload(body=b"\0" * size)


def end_as_asked(context, request):
    wish = request.response_status
    if wish.code:
        context.abort(STATUS_CODES.get(wish.code, grpc.StatusCode.UNKNOWN), wish.message)


def responses(request, context):
    end_as_asked(context, request)
    for wish in request.response_parameters:
        time.sleep(wish.interval_us / 1e6)
        if not wish.compressed.value:
            context.disable_next_message_compression()
        response = messages_pb2.StreamingOutputCallResponse(
            payload=payload(context, request.response_type, wish.size))
        if wish.fill_peer_socket_address.value:
            response.peer_socket_address = context.peer()
        yield response


class TestService(test_pb2_grpc.TestServiceServicer):

    def __init__(self, load):
        self._load = load

    def EmptyCall(self, request, context):
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        trailers = []
        if request.HasField("orca_per_query_report"):
            report = load_report(request.orca_per_query_report)
            trailers.append((LOAD_TRAILER, report.SerializeToString()))
        echo_metadata(context, *trailers)
        end_as_asked(context, request)
        response = messages_pb2.SimpleResponse(
            payload=payload(context, request.response_type, request.response_size))
        if request.fill_username:
            response.username = username(context)
        if request.fill_server_id:
            response.server_id = str(os.getpid())
        return response

    def StreamingOutputCall(self, request, context):
        context.set_compression(grpc.Compression.Gzip)
        yield from responses(request, context)

    def StreamingInputCall(self, request_iterator, context):
        size = sum(len(request.payload.body) for request in request_iterator)
        return messages_pb2.StreamingInputCallResponse(aggregated_payload_size=size)

    def FullDuplexCall(self, request_iterator, context):
        context.set_compression(grpc.Compression.Gzip)
        echo_metadata(context)
        with contextlib.ExitStack() as held:
            has_turn = False
            for request in request_iterator:
                if request.HasField("orca_oob_report"):
                    if not has_turn:
                        held.enter_context(self._load.turn)
                        has_turn = True
                    self._load.report = load_report(request.orca_oob_report)
                yield from responses(request, context)

    def HalfDuplexCall(self, request_iterator, context):
        context.set_compression(grpc.Compression.Gzip)
        for request in list(request_iterator):
            yield from responses(request, context)


def main():
    arguments = flags.server_parser(__doc__).parse_args()
    load = Load()

    def add_services(server):
        test_pb2_grpc.add_TestServiceServicer_to_server(TestService(load), server)
        orca_pb2_grpc.add_OpenRcaServiceServicer_to_server(load, server)

    serve(add_services, arguments)


if __name__ == "__main__":
    main()
