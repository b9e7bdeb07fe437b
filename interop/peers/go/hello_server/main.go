// hello_server is helloworld.Greeter on grpc-go.
package main

import (
    "context"
    "flag"

    "google.golang.org/grpc"

    "grpcwire/peers/generated/helloworld"
    "grpcwire/peers/peer"
)

type greeter struct {
    helloworld.UnimplementedGreeterServer
}

func (greeter) SayHello(_ context.Context, request *helloworld.HelloRequest) (*helloworld.HelloReply, error) {
    return &helloworld.HelloReply{Message: "Hello " + request.GetName()}, nil
}

func main() {
    port := flag.Int("port", 50051, "0 takes a free one")
    flag.Parse()
    peer.Serve(*port, func(server *grpc.Server) {
        helloworld.RegisterGreeterServer(server, greeter{})
    })
}
