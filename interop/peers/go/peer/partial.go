package peer

import (
    "google.golang.org/grpc/mem"
    "google.golang.org/protobuf/proto"
)

// Partial is a codec of gRPC: protobuf that sends messages also when required fields are missing.
// What it reads must be whole.
type Partial struct{}

func (Partial) Name() string { return "proto" }

func (Partial) Marshal(message any) (mem.BufferSlice, error) {
    bytes, err := proto.MarshalOptions{AllowPartial: true}.Marshal(message.(proto.Message))
    return mem.BufferSlice{mem.SliceBuffer(bytes)}, err
}

func (Partial) Unmarshal(bytes mem.BufferSlice, message any) error {
    return proto.Unmarshal(bytes.Materialize(), message.(proto.Message))
}
