"""helloworld.Greeter on the stock Python library, whose answers have everything that a unary response
can: headers, a compressed message, and trailers with bytes in them."""

import grpc

from helloworld import helloworld_pb2, helloworld_pb2_grpc

import flags
from serve import serve


class Greeter(helloworld_pb2_grpc.GreeterServicer):

    def SayHello(self, request, context):
        trace = helloworld_pb2.HelloReply(message="handled by frames_server.py")
        context.set_compression(grpc.Compression.Gzip)  # before the headers, which announce it
        context.send_initial_metadata((("served-by", "frames_server.py"),))
        context.set_trailing_metadata((("trace-proto-bin", trace.SerializeToString()),))
        return helloworld_pb2.HelloReply(message=f"Hello {request.name}")


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    serve(lambda server: helloworld_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server),
          parser.parse_args())


if __name__ == "__main__":
    main()
