// What is inside the messages of grpc.testing.TestService, as far as the interop cases look at it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "wire_view.hpp"

namespace grpcwire::tools {

struct message_body {
  std::size_t payload = 0;  ///< bytes of the body of its Payload
  int aggregated_size = 0;  ///< StreamingInputCallResponse
  std::string server_id;    ///< SimpleResponse
};

/// Nothing for messages that are incomplete, cannot be decompressed or parsed, or are of a method
/// that TestService does not have.
std::optional<message_body> body_of(const wire_call& call, side sender, const wire_message& m);

}  // namespace grpcwire::tools
