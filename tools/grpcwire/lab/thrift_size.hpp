// What a message would take as a Thrift struct with the same field numbers (Thrift
// doc/specs/thrift-binary-protocol.md and thrift-compact-protocol.md). 32-bit integers and enums
// are i32, 64-bit ones i64, float and double are double; Thrift has no unsigned integers.
#pragma once

#include <cstddef>

namespace google::protobuf {
class Message;
}

namespace grpcwire::tools {

enum class thrift_protocol { binary, compact };

/// In bytes, the stop byte included.
std::size_t thrift_size(const google::protobuf::Message& message, thrift_protocol protocol);

}  // namespace grpcwire::tools
