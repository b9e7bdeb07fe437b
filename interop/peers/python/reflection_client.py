"""Learns a service from reflection, on the stock Python library, and calls it without its .proto.

    reflection_client.py TARGET v1|v1alpha

Prints the services of the server, the files that Greeter's reflection sends, and what Greeter says.
"""

import importlib
import sys

import grpc
from google.protobuf import descriptor_database, descriptor_pb2, descriptor_pool, message_factory

import generated  # noqa: F401, must come before grpc.reflection

PATIENCE = 20  # seconds


class Reflection:
    """One stream on which question and answer take turns."""

    def __init__(self, channel, version):
        self.messages = importlib.import_module(f"grpc.reflection.{version}.reflection_pb2")
        grpc_module = importlib.import_module(f"grpc.reflection.{version}.reflection_pb2_grpc")
        self.stub = grpc_module.ServerReflectionStub(channel)

    def ask(self, *questions):
        requests = [self.messages.ServerReflectionRequest(**question) for question in questions]
        return list(self.stub.ServerReflectionInfo(iter(requests), timeout=PATIENCE))


def main():
    target, version = sys.argv[1:]
    with grpc.insecure_channel(target) as channel:
        reflection = Reflection(channel, version)
        services, unknown, greeter = reflection.ask(
            {"list_services": "*"},
            {"file_containing_symbol": "no.Such"},
            {"file_containing_symbol": "helloworld.Greeter"})
        print(*(service.name for service in services.list_services_response.service), flush=True)
        print(unknown.error_response.error_code, unknown.error_response.error_message, flush=True)

        database = descriptor_database.DescriptorDatabase()
        for serialized in greeter.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(serialized)
            print(file.name, flush=True)
            database.Add(file)
        pool = descriptor_pool.DescriptorPool(database)
        method = pool.FindServiceByName("helloworld.Greeter").FindMethodByName("SayHello")
        factory = message_factory.MessageFactory(pool)
        request = factory.GetPrototype(method.input_type)(name="Peter")
        call = channel.unary_unary(
            "/helloworld.Greeter/SayHello",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=factory.GetPrototype(method.output_type).FromString)
        print(call(request, timeout=PATIENCE).message, flush=True)


if __name__ == "__main__":
    main()
