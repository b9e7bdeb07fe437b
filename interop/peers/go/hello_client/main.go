// hello_client says hello to a helloworld.Greeter with grpc-go and prints the reply.
package main

import (
    "context"
    "flag"
    "fmt"
    "time"

    "grpcwire/peers/generated/helloworld"
    "grpcwire/peers/peer"
)

func main() {
    address := flag.String("addr", "localhost:50051", "HOST:PORT of the server")
    name := flag.String("name", "world", "who says hello")
    flag.Parse()
    channel := peer.Connect(*address)
    defer channel.Close()
    call, cancel := context.WithTimeout(context.Background(), 10*time.Second)
    defer cancel()
    reply, err := helloworld.NewGreeterClient(channel).SayHello(call,
        &helloworld.HelloRequest{Name: *name})
    if err != nil {
        peer.Fail(err)
    }
    fmt.Println(reply.GetMessage())
}
