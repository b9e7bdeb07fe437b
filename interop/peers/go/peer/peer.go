// Package peer has what all programs of this module need: to connect, to serve, to fail.
package peer

import (
    "context"
    "fmt"
    "net"
    "os"
    "os/signal"
    "syscall"
    "time"

    "google.golang.org/grpc"
    "google.golang.org/grpc/credentials/insecure"
)

// Fail says why on standard error and ends the program with 1.
func Fail(err error) {
    fmt.Fprintln(os.Stderr, err)
    os.Exit(1)
}

// Connect makes a channel without TLS, which connects with its first call.
func Connect(address string, options ...grpc.DialOption) *grpc.ClientConn {
    options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
    channel, err := grpc.NewClient(address, options...)
    if err != nil {
        Fail(err)
    }
    return channel
}

// Serve listens on the port (0: a free one) and says where, until SIGINT or SIGTERM: then calls may
// end within a second.
func Serve(port int, register func(*grpc.Server), options ...grpc.ServerOption) {
    listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
    if err != nil {
        Fail(err)
    }
    server := grpc.NewServer(options...)
    register(server)
    interrupted, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
    defer stop()
    go func() {
        <-interrupted.Done()
        time.AfterFunc(time.Second, server.Stop)
        server.GracefulStop()
    }()
    fmt.Println("listening on", listener.Addr())
    if err := server.Serve(listener); err != nil {
        Fail(err)
    }
}
