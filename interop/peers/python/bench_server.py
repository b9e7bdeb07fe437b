"""grpc.testing.BenchmarkService on the stock Python library."""

import generated  # noqa: F401, must come before grpc.testing
from grpc.testing import benchmark_service_pb2_grpc, messages_pb2

import flags
from serve import serve


def answer(request):
    body = bytes(max(request.response_size, 0))
    return messages_pb2.SimpleResponse(payload=messages_pb2.Payload(body=body))


class Benchmark(benchmark_service_pb2_grpc.BenchmarkServiceServicer):

    def UnaryCall(self, request, context):
        return answer(request)

    def StreamingCall(self, request_iterator, context):
        for request in request_iterator:
            yield answer(request)

    def StreamingFromClient(self, request_iterator, context):
        last = messages_pb2.SimpleRequest()
        for last in request_iterator:
            pass
        return answer(last)

    def StreamingFromServer(self, request, context):
        response = answer(request)
        while context.is_active():
            yield response


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=0)
    serve(lambda server: benchmark_service_pb2_grpc.add_BenchmarkServiceServicer_to_server(
        Benchmark(), server), parser.parse_args())


if __name__ == "__main__":
    main()
