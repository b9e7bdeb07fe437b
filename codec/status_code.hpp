// The 17 status codes of gRPC and the tables that lead to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace grpcwire::codec {

/// The outcome of a call. The numbers go over the wire as `grpc-status`.
enum class status_code : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// `DEADLINE_EXCEEDED` and so on, as the specification writes it.
std::string_view name(status_code code) noexcept;

/// The code with this specification name; nothing for any other text.
std::optional<status_code> status_code_from_name(std::string_view text) noexcept;

/// The value of a `grpc-status` field: decimal, without leading zeros. Nothing when it is no number
/// between 0 and 16.
std::optional<status_code> parse_status_code(std::string_view text) noexcept;

/// The decimal form of a code, as `grpc-status` carries it. Lives forever.
std::string_view decimal(status_code code) noexcept;

/// What a response without grpc-status means (gRPC doc/http-grpc-status-mapping.md).
status_code status_code_from_http(int http_status) noexcept;

/// What RST_STREAM with this error code means to a client (gRPC doc/PROTOCOL-HTTP2.md, "Errors").
status_code status_code_from_http2_error(std::uint32_t error_code) noexcept;

/// `NO_ERROR`, `ENHANCE_YOUR_CALM`, … (RFC 9113 §7); "unknown error code" for others.
std::string_view http2_error_name(std::uint32_t error_code) noexcept;

}  // namespace grpcwire::codec

namespace grpcwire {
using codec::status_code;
}  // namespace grpcwire
