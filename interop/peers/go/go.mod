// Programs of our own on stock grpc-go, built by interop/peers/setup. It copies this folder and puts
// beside it what protoc-gen-go makes of proto/*.proto: `go` alone does not find that here.
//
// Other versions: change them, run `go mod tidy` in build/peers/go/.source, and take go.mod (without
// tabs) and go.sum from there.
module grpcwire/peers

go 1.26.0

require google.golang.org/grpc v1.85.0
require google.golang.org/protobuf v1.36.12

tool google.golang.org/protobuf/cmd/protoc-gen-go
tool google.golang.org/grpc/cmd/protoc-gen-go-grpc

require google.golang.org/grpc/cmd/protoc-gen-go-grpc v1.6.2 // indirect
require golang.org/x/net v0.60.0 // indirect
require golang.org/x/sys v0.48.0 // indirect
require golang.org/x/text v0.42.0 // indirect
require google.golang.org/genproto/googleapis/rpc v0.0.0-20260817212433-ac3dfec99bb1 // indirect
