// Messages as connectrpc's conformance suite sends them through pipes: four bytes of length, the
// highest first, and the message.
#pragma once

#include <asio/posix/stream_descriptor.hpp>

#include <grpcwire/rpc/operation.hpp>

namespace google::protobuf {
class MessageLite;
}

namespace grpcwire::conformance {

/// This program's standard input, which must be a pipe. Throws std::runtime_error.
asio::posix::stream_descriptor standard_input(const asio::any_io_executor& executor);

/// False where the stream ends. Throws std::runtime_error when it ends inside a message, and for
/// what is no message of this type.
awaitable<bool> read_message(asio::posix::stream_descriptor& from,
                             google::protobuf::MessageLite& to);

/// To this program's standard output, at once. Throws std::runtime_error when nobody reads it.
void write_message(const google::protobuf::MessageLite& message);

}  // namespace grpcwire::conformance
