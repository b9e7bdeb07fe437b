// multiplexing_client makes several calls of two kinds at the same time over one connection, with
// grpc-go, and prints what comes when.
package main

import (
    "context"
    "flag"
    "fmt"
    "sync"
    "time"

    "google.golang.org/grpc"

    pb "grpcwire/peers/generated/assistant"
    "grpcwire/peers/peer"
)

type method func(context.Context, *pb.ChatMessage, ...grpc.CallOption) (*pb.ChatMessage, error)

func main() {
    address := flag.String("addr", "localhost:8082", "HOST:PORT of the server")
    as := flag.Int("a", 1, "calls of ChillA")
    bs := flag.Int("b", 1, "calls of ChillB")
    deadline := flag.Duration("deadline", 60*time.Second, "of each call")
    flag.Parse()
    channel := peer.Connect(*address)
    defer channel.Close()
    assistant := pb.NewAssistantServiceClient(channel)
    call, cancel := context.WithTimeout(context.Background(), *deadline)
    defer cancel()

    started := time.Now()
    var calls sync.WaitGroup
    var printing sync.Mutex
    var failure error
    start := func(name string, chill method, count int) {
        for id := 1; id <= count; id++ {
            calls.Go(func() {
                reply, err := chill(call, &pb.ChatMessage{Id: int32(id), Message: "please"})
                printing.Lock()
                defer printing.Unlock()
                if err != nil {
                    failure = fmt.Errorf("%s %d: %w", name, id, err)
                    return
                }
                fmt.Printf("%s %d after %.2f s: %s\n", name, reply.GetId(),
                    time.Since(started).Seconds(), reply.GetMessage())
            })
        }
    }
    start("ChillA", assistant.ChillA, *as)
    start("ChillB", assistant.ChillB, *bs)
    calls.Wait()
    if failure != nil {
        peer.Fail(failure)
    }
    fmt.Printf("%d calls in %.2f s over one connection\n", *as+*bs, time.Since(started).Seconds())
}
