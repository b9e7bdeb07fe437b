// What the official interop cases put on the wire when they pass (gRPC
// doc/interop-test-descriptions.md): their calls, with status, messages and metadata.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/status_code.hpp>

namespace grpcwire::tools {

/// One message of a call. What is not said is not looked at.
struct expected_message {
  std::optional<std::size_t> body;  ///< bytes of its Payload
  std::optional<bool> compressed;
};

/// How a call ends.
enum class expected_end : std::uint8_t {
  status,     ///< with trailers and `code`
  cancelled,  ///< the client resets it with CANCEL
  deadline,   ///< by its grpc-timeout, whichever side is first
};

struct expected_call {
  std::string_view method;  ///< `UnaryCall`
  expected_end end = expected_end::status;
  status_code code = status_code::ok;
  std::optional<std::string_view> message{};  ///< of the status
  std::optional<std::vector<expected_message>> requests{};
  std::optional<std::vector<expected_message>> responses{};
  std::optional<int> aggregated_size{};  ///< that the one response says
  bool echoes_metadata = false;          ///< x-grpc-test-echo-*
  bool has_server_id = false;
  bool has_load_report = false;  ///< endpoint-load-metrics-bin in the trailers
};

struct expected_case {
  std::string_view name;
  std::vector<expected_call> calls;  ///< those of one method in this order
  bool repeats = false;              ///< the calls may come any number of times
};

/// Null for cases that are not in the table.
const expected_case* find_expected_case(std::string_view name);

}  // namespace grpcwire::tools
