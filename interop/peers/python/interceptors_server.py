"""The greeter of examples/interceptors on the stock Python library: it wants a token."""

import re

import grpc

from helloworld import helloworld_pb2, helloworld_pb2_grpc

import flags
from serve import serve

NAMES = {"Bearer opensesame": "Ali"}


class Greeter(helloworld_pb2_grpc.GreeterServicer):

    def SayHello(self, request, context):
        metadata = dict(context.invocation_metadata())
        trace = re.fullmatch("00-([0-9a-f]{32})-[0-9a-f]{16}-01", metadata.get("traceparent", ""))
        if trace:
            context.send_initial_metadata((("x-trace-id", trace[1]),))
        value = metadata.get("authorization")
        if value not in NAMES:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
        return helloworld_pb2.HelloReply(message=f"Hello {request.name}, says {NAMES[value]}")


def main():
    parser = flags.server_parser(__doc__)
    serve(lambda server: helloworld_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server),
          parser.parse_args())


if __name__ == "__main__":
    main()
