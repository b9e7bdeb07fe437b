// assistant_client asks an AssistantService for a greeting and a product, with grpc-go.
package main

import (
    "context"
    "flag"
    "fmt"
    "time"

    pb "grpcwire/peers/generated/assistant"
    "grpcwire/peers/peer"
)

func main() {
    address := flag.String("addr", "localhost:8082", "HOST:PORT of the server")
    userName := flag.String("user-name", "Peter", "")
    institution := flag.String("institution", "SUSTech", "")
    xin := flag.Float64("xin", 3.5, "one factor")
    yin := flag.Float64("yin", 5, "the other one")
    flag.Parse()
    channel := peer.Connect(*address)
    defer channel.Close()
    assistant := pb.NewAssistantServiceClient(channel)
    call, cancel := context.WithTimeout(context.Background(), 10*time.Second)
    defer cancel()

    greeting, err := assistant.GreetWithInfo(call,
        &pb.GreetRequest{UserName: *userName, Institution: *institution})
    if err != nil {
        peer.Fail(err)
    }
    fmt.Println(greeting.GetMessage())
    product, err := assistant.Multiply(call, &pb.MultRequest{Xin: *xin, Yin: *yin})
    if err != nil {
        peer.Fail(err)
    }
    fmt.Printf("%g × %g = %g\n", product.GetXin(), product.GetYin(), product.GetResult())
}
