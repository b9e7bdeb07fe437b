"""Looks at a server through channelz, on the stock Python library.

    channelz_client.py TARGET

Calls Greeter's SayHello three times, then prints what channelz tells of the server and of the
connection that these calls came through.
"""

import socket
import sys

import grpc

import generated  # noqa: F401, must come before grpc.channelz
from grpc.channelz.v1 import channelz_pb2, channelz_pb2_grpc
from helloworld import helloworld_pb2, helloworld_pb2_grpc

PATIENCE = 20  # seconds


def address(message):
    tcp = message.tcpip_address
    family = socket.AF_INET if len(tcp.ip_address) == 4 else socket.AF_INET6
    return f"{socket.inet_ntop(family, tcp.ip_address)}:{tcp.port}"


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        greeter = helloworld_pb2_grpc.GreeterStub(channel)
        for _ in range(3):
            greeter.SayHello(helloworld_pb2.HelloRequest(name="Peter"), timeout=PATIENCE)
        stub = channelz_pb2_grpc.ChannelzStub(channel)
        servers = stub.GetServers(channelz_pb2.GetServersRequest(), timeout=PATIENCE)
        server = servers.server[0]
        print("servers", len(servers.server), servers.end, flush=True)
        print("listens", *(listening.name for listening in server.listen_socket), flush=True)
        print("calls", server.data.calls_started, server.data.calls_succeeded,
              server.data.calls_failed, flush=True)
        sockets = stub.GetServerSockets(
            channelz_pb2.GetServerSocketsRequest(server_id=server.ref.server_id), timeout=PATIENCE)
        print("sockets", len(sockets.socket_ref), sockets.end, flush=True)
        found = stub.GetSocket(
            channelz_pb2.GetSocketRequest(socket_id=sockets.socket_ref[0].socket_id),
            timeout=PATIENCE).socket
        print("messages", found.data.messages_received, found.data.messages_sent, flush=True)
        print("local", address(found.local), flush=True)
        print("name", found.ref.name == f"{address(found.remote)}->{address(found.local)}",
              flush=True)
        windows = (found.data.local_flow_control_window, found.data.remote_flow_control_window)
        print("windows", *(window.value > 60000 for window in windows), flush=True)
        try:
            stub.GetServer(channelz_pb2.GetServerRequest(server_id=1), timeout=PATIENCE)
        except grpc.RpcError as error:
            print("none", error.code().name, error.details(), flush=True)


if __name__ == "__main__":
    main()
