"""helloworld.Greeter on the stock Python library, with a method of each kind."""

from helloworld import helloworld_pb2, helloworld_pb2_grpc

import flags
from serve import serve


class Greeter(helloworld_pb2_grpc.GreeterServicer):

    def SayHello(self, request, context):
        return helloworld_pb2.HelloReply(message=f"Hello {request.name}")

    def SayHelloStreamReply(self, request, context):
        for number in range(1, 4):
            yield helloworld_pb2.HelloReply(message=f"Hello {request.name}, {number}")

    def SayHelloBidiStream(self, request_iterator, context):
        for request in request_iterator:
            yield helloworld_pb2.HelloReply(message=f"Hello {request.name}")

    def CollectNames(self, request_iterator, context):
        names = ", ".join(request.name for request in request_iterator)
        return helloworld_pb2.HelloReply(message=f"Hello {names}")


def main():
    parser = flags.server_parser(__doc__)
    parser.set_defaults(port=50051)
    serve(lambda server: helloworld_pb2_grpc.add_GreeterServicer_to_server(Greeter(), server),
          parser.parse_args())


if __name__ == "__main__":
    main()
