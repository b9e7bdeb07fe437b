// One HTTP/2 header field, and a list of them, as views (RFC 9113 §8.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace grpcwire::codec {

/// The fields that gRPC itself looks at.
enum class known_header : std::uint8_t {
  not_classified,
  method,
  scheme,
  path,
  authority,
  status,
  te,
  host,
  content_type,
  grpc_timeout,
  grpc_encoding,
  grpc_accept_encoding,
  grpc_status,
  grpc_message,
  grpc_status_details_bin,
  other,
};
/// By the name alone; never not_classified.
known_header classify(std::string_view name) noexcept;

/// Name and value belong to somebody else; each function that takes or gives one says how long they
/// live.
struct header_view {
  std::string_view name;
  std::string_view value;
  /// Never put into an HPACK table (RFC 7541 §7.1.3): secrets, and values that never come again.
  bool sensitive = false;
  /// Name and value live forever, so nobody has to copy them.
  bool constant = false;
  /// The name does.
  bool constant_name = false;
  /// What classify() says of the name, if somebody has asked already.
  known_header known = known_header::not_classified;

  friend bool operator==(const header_view& a, const header_view& b) noexcept {
    return a.name == b.name && a.value == b.value && a.sensitive == b.sensitive;
  }
};

inline known_header classify(const header_view& field) noexcept {
  return field.known != known_header::not_classified ? field.known : classify(field.name);
}

using header_list_view = std::span<const header_view>;

/// What one field adds to the size of a header list (RFC 9113 §6.5.2).
constexpr std::size_t header_size(const header_view& field) noexcept {
  return field.name.size() + field.value.size() + 32;
}

}  // namespace grpcwire::codec
