"""grpc.testing.TestService on the stock Python library.

It does not know whether a message came compressed, so expect_compressed is not looked at.
"""

import os
import time

import grpc

import generated  # noqa: F401, must come before grpc.testing
from grpc.testing import empty_pb2, messages_pb2, test_pb2_grpc

import flags
from serve import serve

STATUS_CODES = {code.value[0]: code for code in grpc.StatusCode}
ECHO_INITIAL = "x-grpc-test-echo-initial"
ECHO_TRAILING = "x-grpc-test-echo-trailing-bin"


def echo_metadata(context):
    received = context.invocation_metadata()
    initial = [entry for entry in received if entry[0] == ECHO_INITIAL]
    if initial:
        context.send_initial_metadata(initial)
    context.set_trailing_metadata([entry for entry in received if entry[0] == ECHO_TRAILING])


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

    def EmptyCall(self, request, context):
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        echo_metadata(context)
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
        for request in request_iterator:
            yield from responses(request, context)

    def HalfDuplexCall(self, request_iterator, context):
        context.set_compression(grpc.Compression.Gzip)
        for request in list(request_iterator):
            yield from responses(request, context)


def main():
    arguments = flags.server_parser(__doc__).parse_args()
    serve(lambda server: test_pb2_grpc.add_TestServiceServicer_to_server(TestService(), server),
          arguments)


if __name__ == "__main__":
    main()
