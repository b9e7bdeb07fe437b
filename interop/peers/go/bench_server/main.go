// bench_server is grpc.testing.BenchmarkService on grpc-go.
package main

import (
    "context"
    "flag"
    "io"

    "google.golang.org/grpc"
    "google.golang.org/grpc/credentials"
    "google.golang.org/grpc/interop/grpc_testing"

    "grpcwire/peers/peer"
)

type benchmark struct {
    grpc_testing.UnimplementedBenchmarkServiceServer
}

func answer(request *grpc_testing.SimpleRequest) *grpc_testing.SimpleResponse {
    body := make([]byte, max(request.GetResponseSize(), 0))
    return &grpc_testing.SimpleResponse{Payload: &grpc_testing.Payload{Body: body}}
}

func (benchmark) UnaryCall(_ context.Context, request *grpc_testing.SimpleRequest) (*grpc_testing.SimpleResponse, error) {
    return answer(request), nil
}

func (benchmark) StreamingCall(call grpc_testing.BenchmarkService_StreamingCallServer) error {
    for {
        request, err := call.Recv()
        if err == io.EOF {
            return nil
        }
        if err != nil {
            return err
        }
        if err := call.Send(answer(request)); err != nil {
            return err
        }
    }
}

func (benchmark) StreamingFromClient(call grpc_testing.BenchmarkService_StreamingFromClientServer) error {
    var last *grpc_testing.SimpleRequest
    for {
        request, err := call.Recv()
        if err == io.EOF {
            return call.SendAndClose(answer(last))
        }
        if err != nil {
            return err
        }
        last = request
    }
}

func (benchmark) StreamingFromServer(request *grpc_testing.SimpleRequest, call grpc_testing.BenchmarkService_StreamingFromServerServer) error {
    response := answer(request)
    for {
        if err := call.Send(response); err != nil {
            return err
        }
    }
}

func (benchmark) StreamingBothWays(call grpc_testing.BenchmarkService_StreamingBothWaysServer) error {
    first, err := call.Recv()
    if err != nil {
        return nil
    }
    response := answer(first)
    halfClosed := make(chan struct{})
    go func() {
        defer close(halfClosed)
        for {
            if _, err := call.Recv(); err != nil {
                return
            }
        }
    }()
    for {
        select {
        case <-halfClosed:
            return nil
        default:
            if err := call.Send(response); err != nil {
                return err
            }
        }
    }
}

func main() {
    port := flag.Int("port", 0, "0 takes a free one")
    tls := flag.Bool("tls", false, "with --cert-file and --key-file")
    certificate := flag.String("cert-file", "", "PEM")
    key := flag.String("key-file", "", "PEM")
    flag.Parse()
    var options []grpc.ServerOption
    if *tls {
        protection, err := credentials.NewServerTLSFromFile(*certificate, *key)
        if err != nil {
            peer.Fail(err)
        }
        options = append(options, grpc.Creds(protection))
    }
    peer.Serve(*port, func(server *grpc.Server) {
        grpc_testing.RegisterBenchmarkServiceServer(server, benchmark{})
    }, options...)
}
