// qa_client asks a gpt.Greeter with grpc-go and prints the answer as it comes.
package main

import (
    "context"
    "errors"
    "flag"
    "fmt"
    "io"
    "time"

    "grpcwire/peers/generated/gpt"
    "grpcwire/peers/peer"
)

func main() {
    address := flag.String("addr", "localhost:50051", "HOST:PORT of the server")
    question := flag.String("question", "What is gRPC?", "")
    whole := flag.Bool("whole", false, "wait for the whole answer")
    deadline := flag.Duration("deadline", 60*time.Second, "of the call")
    flag.Parse()
    channel := peer.Connect(*address)
    defer channel.Close()
    greeter := gpt.NewGreeterClient(channel)
    call, cancel := context.WithTimeout(context.Background(), *deadline)
    defer cancel()
    request := &gpt.GPTRequest{Content: *question}

    if *whole {
        reply, err := greeter.GetGPTMessage(call, request)
        if err != nil {
            peer.Fail(err)
        }
        fmt.Println(reply.GetMessage())
        return
    }
    tokens, err := greeter.GetGPTStreamData(call, request)
    if err != nil {
        peer.Fail(err)
    }
    for {
        token, err := tokens.Recv()
        if errors.Is(err, io.EOF) {
            break
        }
        if err != nil {
            fmt.Println()
            peer.Fail(err)
        }
        fmt.Print(token.GetMessage())
    }
    fmt.Println()
}
