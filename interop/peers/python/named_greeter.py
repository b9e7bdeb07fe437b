"""helloworld.Greeter, whose replies are the --name of its server."""

import generated  # noqa: F401, must come before what is generated
from helloworld import helloworld_pb2, helloworld_pb2_grpc


class Greeter(helloworld_pb2_grpc.GreeterServicer):
    def __init__(self, name):
        self._name = name

    def SayHello(self, request, context):
        return helloworld_pb2.HelloReply(message=self._name)


def add_flag(parser):
    parser.add_argument("--name", default="stock")


def add_to_server(server, arguments):
    helloworld_pb2_grpc.add_GreeterServicer_to_server(Greeter(arguments.name), server)
