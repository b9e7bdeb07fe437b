// bench_client is a load client of grpc.testing.BenchmarkService on grpc-go, with the flags of
// tools/bench/client.cpp.
package main

import (
    "context"
    "encoding/json"
    "flag"
    "fmt"
    "os"
    "slices"
    "sync"
    "sync/atomic"
    "time"

    "google.golang.org/grpc"
    "google.golang.org/grpc/interop/grpc_testing"

    "grpcwire/peers/peer"
)

var (
    port         = flag.Int("port", 50051, "on 127.0.0.1")
    rpc          = flag.String("rpc", "unary", "unary, from_server or from_client")
    requestSize  = flag.Int("request-size", 16, "bytes of the payload")
    responseSize = flag.Int("response-size", 16, "bytes of the payload")
    connections  = flag.Int("connections", 1, "")
    streams      = flag.Int("streams", 1, "calls at a time on each connection")
    seconds      = flag.Float64("seconds", 1, "how long calls begin")
    calls        = flag.Int64("calls", 0, "how many at most; 0: no limit")
    file         = flag.String("json", "", "write the figures to this file as well")
)

type load struct {
    request *grpc_testing.SimpleRequest
    end     time.Time
    begun   atomic.Int64
}

// mayBegin says whether another call may begin, and counts it.
func (l *load) mayBegin(now time.Time) bool {
    return now.Before(l.end) && (*calls == 0 || l.begun.Add(1) <= *calls)
}

// unary returns how long each call took.
func (l *load) unary(stub grpc_testing.BenchmarkServiceClient) []time.Duration {
    var took []time.Duration
    begun := time.Now()
    for l.mayBegin(begun) {
        response, err := stub.UnaryCall(context.Background(), l.request)
        if err != nil {
            peer.Fail(err)
        }
        if size := len(response.GetPayload().GetBody()); size != *responseSize {
            peer.Fail(fmt.Errorf("a response of %d bytes", size))
        }
        now := time.Now()
        took = append(took, now.Sub(begun))
        begun = now
    }
    return took
}

// stream returns how many messages were moved.
func (l *load) stream(stub grpc_testing.BenchmarkServiceClient) (messages int64) {
    context, cancel := context.WithCancel(context.Background())
    defer cancel()
    if *rpc == "from_server" {
        call, err := stub.StreamingFromServer(context, l.request)
        for ; err == nil && l.mayBegin(time.Now()); messages++ {
            _, err = call.Recv()
        }
        if err != nil {
            peer.Fail(err)
        }
        return messages
    }
    call, err := stub.StreamingFromClient(context)
    for ; err == nil && l.mayBegin(time.Now()); messages++ {
        err = call.Send(l.request)
    }
    if err == nil {
        _, err = call.CloseAndRecv()
    }
    if err != nil {
        peer.Fail(err)
    }
    return messages
}

func main() {
    flag.Parse()
    if !slices.Contains([]string{"unary", "from_server", "from_client"}, *rpc) {
        peer.Fail(fmt.Errorf("--rpc %s: there is unary, from_server and from_client", *rpc))
    }
    l := load{request: &grpc_testing.SimpleRequest{
        ResponseSize: int32(*responseSize),
        Payload:      &grpc_testing.Payload{Body: make([]byte, *requestSize)},
    }}
    var stubs []grpc_testing.BenchmarkServiceClient
    for range *connections {
        channel := peer.Connect(fmt.Sprintf("127.0.0.1:%d", *port), grpc.WithDefaultCallOptions())
        channel.Connect()
        stubs = append(stubs, grpc_testing.NewBenchmarkServiceClient(channel))
    }
    var all []time.Duration
    var messages int64
    var lock sync.Mutex
    var running sync.WaitGroup
    started := time.Now()
    l.end = started.Add(time.Duration(*seconds * float64(time.Second)))
    for _, stub := range stubs {
        for range *streams {
            running.Add(1)
            go func() {
                defer running.Done()
                var took []time.Duration
                var moved int64
                if *rpc == "unary" {
                    took = l.unary(stub)
                    moved = int64(len(took))
                } else {
                    moved = l.stream(stub)
                }
                lock.Lock()
                defer lock.Unlock()
                all = append(all, took...)
                messages += moved
            }()
        }
    }
    running.Wait()
    passed := time.Since(started).Seconds()

    size := map[string]int{"unary": *requestSize + *responseSize, "from_server": *responseSize,
        "from_client": *requestSize}[*rpc]
    figures := map[string]any{"rpc": *rpc, "connections": *connections, "streams": *streams,
        "seconds": passed, "calls": messages, "calls_per_second": float64(messages) / passed,
        "bytes_per_second": float64(messages) * float64(size) / passed}
    if len(all) > 0 {
        slices.Sort(all)
        at := func(share float64) float64 {
            return float64(all[int(share*float64(len(all)-1))].Nanoseconds()) / 1000
        }
        figures["latency_us"] = map[string]float64{"p50": at(0.5), "p99": at(0.99),
            "p99.9": at(0.999), "max": at(1)}
    }
    text, _ := json.MarshalIndent(figures, "", "  ")
    fmt.Println(string(text))
    if *file != "" {
        if err := os.WriteFile(*file, append(text, '\n'), 0o644); err != nil {
            peer.Fail(err)
        }
    }
}
