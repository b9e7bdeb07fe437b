// hello_article_client calls, with grpc-go, a service without a package and one of proto2 messages.
package main

import (
    "context"
    "flag"
    "fmt"
    "time"

    "google.golang.org/grpc"
    "google.golang.org/protobuf/proto"

    pb "grpcwire/peers/generated/hello_article"
    "grpcwire/peers/peer"
)

func main() {
    address := flag.String("addr", "localhost:50051", "HOST:PORT of the server")
    greeting := flag.String("greeting", "gRPC", "for SayHello")
    withoutID := flag.Bool("without-id", false, "forget the required id of the person")
    partial := flag.Bool("partial", false, "send messages also when required fields are missing")
    flag.Parse()

    var options []grpc.DialOption
    if *partial {
        options = append(options, grpc.WithDefaultCallOptions(grpc.ForceCodecV2(peer.Partial{})))
    }
    channel := peer.Connect(*address, options...)
    defer channel.Close()
    call, cancel := context.WithTimeout(context.Background(), 10*time.Second)
    defer cancel()

    hello, err := pb.NewHelloServiceClient(channel).SayHello(call, &pb.HelloRequest{Greeting: greeting})
    if err != nil {
        peer.Fail(err)
    }
    fmt.Println(hello.GetReply())

    person := &pb.Person{
        Name:  proto.String("Martin"),
        Id:    proto.Int32(1337),
        Phone: []*pb.Person_PhoneNumber{
            {Number: proto.String("555-0100")},
            {Number: proto.String("555-0101"), Type: pb.Person_WORK.Enum()},
        },
    }
    if *withoutID {
        person.Id = nil
    }
    came, err := pb.NewAddressBookClient(channel).Keep(call, person)
    if err != nil {
        peer.Fail(err)
    }
    fmt.Printf("%s has id %d\n", came.GetName(), came.GetId())
    for _, phone := range came.GetPhone() {
        said := "said so"
        if phone.Type == nil {
            said = "the default"
        }
        fmt.Printf("  %s %s (%s)\n", phone.GetNumber(), phone.GetType(), said)
    }
    if !proto.Equal(came, person) {
        peer.Fail(fmt.Errorf("another person came back: %v", came))
    }
}
