// encoded_messages prints messages as the stock Go library encodes them: a line NAME HEX for each.
package main

import (
    "flag"
    "fmt"

    "google.golang.org/protobuf/proto"

    "grpcwire/peers/generated/assistant"
    "grpcwire/peers/generated/interests"
    "grpcwire/peers/peer"
)

func show(name string, message proto.Message) {
    bytes, err := proto.Marshal(message)
    if err != nil {
        peer.Fail(err)
    }
    fmt.Printf("%s %x\n", name, bytes)
}

func main() {
    name := flag.String("name", "Martin", "of the person")
    number := flag.Int64("number", 1337, "their favourite one")
    flag.Parse()
    show("person", &interests.Person{UserName: *name, FavoriteNumber: *number,
        Interests: []string{"daydreaming", "hacking"}})
    show("greet", &assistant.GreetRequest{UserName: "Peter", Institution: "SUSTech"})
    show("doubles", &assistant.MultResponse{Xin: 3.5, Yin: 7, Result: 24.5})
}
