// hello_article_server has, on grpc-go, a service without a package and one of proto2 messages.
package main

import (
    "context"
    "flag"

    "google.golang.org/grpc"

    pb "grpcwire/peers/generated/hello_article"
    "grpcwire/peers/peer"
)

type helloService struct {
    pb.UnimplementedHelloServiceServer
}

func (helloService) SayHello(_ context.Context, request *pb.HelloRequest) (*pb.HelloResponse, error) {
    reply := "Hello, " + request.GetGreeting()
    return &pb.HelloResponse{Reply: &reply}, nil
}

type addressBook struct {
    pb.UnimplementedAddressBookServer
    forgetID bool
}

func (book addressBook) Keep(_ context.Context, person *pb.Person) (*pb.Person, error) {
    if book.forgetID {
        person.Id = nil
    }
    return person, nil
}

func main() {
    port := flag.Int("port", 50051, "0 takes a free one")
    forgetID := flag.Bool("forget-id", false, "send persons back without their required id")
    flag.Parse()
    var options []grpc.ServerOption
    if *forgetID {
        options = append(options, grpc.ForceServerCodecV2(peer.Partial{}))
    }
    peer.Serve(*port, func(server *grpc.Server) {
        pb.RegisterHelloServiceServer(server, helloService{})
        pb.RegisterAddressBookServer(server, addressBook{forgetID: *forgetID})
    }, options...)
}
