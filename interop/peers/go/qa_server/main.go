// qa_server is gpt.Greeter on grpc-go. It has one answer, and takes its time for each word of it.
package main

import (
    "context"
    "flag"
    "fmt"
    "strings"
    "time"

    "google.golang.org/grpc"
    "google.golang.org/grpc/status"

    "grpcwire/peers/generated/gpt"
    "grpcwire/peers/peer"
)

var answer = []string{"gRPC ", "is ", "remote ", "procedure ", "calls ", "over ", "HTTP/2. ", "gRPC ",
    "是", "基于 ", "HTTP/2 ", "的", "远程", "过程", "调用。"}

type greeter struct {
    gpt.UnimplementedGreeterServer
    pause time.Duration
}

// Waits before a token is there; an error when the caller has left.
func (g greeter) think(call context.Context) error {
    select {
    case <-call.Done():
        fmt.Println("the caller has left")
        return status.FromContextError(call.Err()).Err()
    case <-time.After(g.pause):
        return nil
    }
}

func (g greeter) GetGPTMessage(call context.Context, _ *gpt.GPTRequest) (*gpt.GPTReply, error) {
    for range answer {
        if err := g.think(call); err != nil {
            return nil, err
        }
    }
    return &gpt.GPTReply{Message: strings.Join(answer, "")}, nil
}

func (g greeter) GetGPTStreamData(_ *gpt.GPTRequest, call grpc.ServerStreamingServer[gpt.GPTReply]) error {
    for _, token := range answer {
        if err := g.think(call.Context()); err != nil {
            return err
        }
        if err := call.Send(&gpt.GPTReply{Message: token}); err != nil {
            return err
        }
    }
    return nil
}

func main() {
    port := flag.Int("port", 50051, "0 takes a free one")
    pause := flag.Duration("pause", 100*time.Millisecond, "before each token")
    flag.Parse()
    peer.Serve(*port, func(server *grpc.Server) {
        gpt.RegisterGreeterServer(server, greeter{pause: *pause})
    })
}
