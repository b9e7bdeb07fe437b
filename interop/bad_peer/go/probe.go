// The probe makes the calls that `bad_peer server` wants of a client, with grpc-go.
package main

import (
    "context"
    "flag"
    "fmt"
    "os"
    "strings"
    "time"

    "google.golang.org/grpc"
    "google.golang.org/grpc/credentials/insecure"
    _ "google.golang.org/grpc/encoding/gzip"
    testpb "google.golang.org/grpc/interop/grpc_testing"
    "google.golang.org/grpc/metadata"
    "google.golang.org/grpc/status"
)

const (
    responseSize = 100 // bytes
    patience     = 10 * time.Second
)

// As a value of metadata.
func printable(text string) string {
    var out strings.Builder
    for i := 0; i < len(text) && i < 300; i++ {
        if text[i] < ' ' || text[i] > '~' {
            out.WriteByte('?')
        } else {
            out.WriteByte(text[i])
        }
    }
    return out.String()
}

func connect(target string) *grpc.ClientConn {
    channel, err := grpc.NewClient("passthrough:///"+target,
        grpc.WithTransportCredentials(insecure.NewCredentials()))
    if err != nil {
        fmt.Fprintln(os.Stderr, err)
        os.Exit(1)
    }
    return channel
}

func probe(target string) bool {
    channel := connect(target)
    defer channel.Close()
    stub := testpb.NewTestServiceClient(channel)
    bad, cancel := context.WithTimeout(context.Background(), patience)
    defer cancel()
    response, err := stub.UnaryCall(bad, &testpb.SimpleRequest{ResponseSize: responseSize})
    outcome := fmt.Sprint(uint32(status.Code(err)))
    if err == nil && len(response.GetPayload().GetBody()) != responseSize {
        outcome = "OK with another body"
    }
    good, cancelGood := context.WithTimeout(metadata.AppendToOutgoingContext(context.Background(),
        "bad-peer-outcome", outcome,
        "bad-peer-says", printable(status.Convert(err).Message())), patience)
    defer cancelGood()
    if _, err = stub.EmptyCall(good, &testpb.Empty{}, grpc.WaitForReady(true)); err != nil {
        fmt.Fprintln(os.Stderr, "the good call afterwards:", err)
    }
    return err == nil
}

// Entries of the form NAME=PORT.
func casesOf(target string) []string {
    channel := connect(target)
    defer channel.Close()
    call, cancel := context.WithTimeout(context.Background(), patience)
    defer cancel()
    var trailers metadata.MD
    if _, err := testpb.NewTestServiceClient(channel).EmptyCall(call, &testpb.Empty{},
        grpc.Trailer(&trailers)); err != nil {
        fmt.Fprintln(os.Stderr, err)
        os.Exit(1)
    }
    return strings.Fields(strings.Join(trailers.Get("bad-peer-cases"), " "))
}

func main() {
    host := flag.String("server_host", "127.0.0.1", "")
    port := flag.Int("server_port", 0, "")
    skip := flag.Int("skip", 0, "cases that were tried already")
    flag.Parse()
    all := true
    for n, entry := range casesOf(fmt.Sprintf("%s:%d", *host, *port)) {
        if n < *skip {
            continue
        }
        name, at, _ := strings.Cut(entry, "=")
        fmt.Println(name)
        all = probe(*host+":"+at) && all
    }
    if !all {
        os.Exit(1)
    }
}
