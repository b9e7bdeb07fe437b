"""The greeter of examples/errors on the stock Python library."""

import grpc
from google.rpc import error_details_pb2, status_pb2

from helloworld import helloworld_pb2, helloworld_pb2_grpc

import flags
from serve import serve


def nobody():
    status = status_pb2.Status(code=grpc.StatusCode.INVALID_ARGUMENT.value[0],
                               message="nobody to greet")
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="name", description="must not be empty")
    info = error_details_pb2.ErrorInfo(reason="NAME_MISSING", domain="greeter.example")
    for detail in (bad, info):
        status.details.add().Pack(detail)
    return status


class Greeter(helloworld_pb2_grpc.GreeterServicer):

    def SayHello(self, request, context):
        if request.name:
            return helloworld_pb2.HelloReply(message=f"Hello {request.name}")
        status = nobody()
        context.set_trailing_metadata(
            (("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, status.message)


def main():
    parser = flags.server_parser(__doc__)
    serve(lambda server: helloworld_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server),
          parser.parse_args())


if __name__ == "__main__":
    main()
