// One HTTP/2 header field, and a list of them, as views (RFC 9113 §8.2).
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace grpcwire::codec {

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

  friend bool operator==(const header_view& a, const header_view& b) noexcept {
    return a.name == b.name && a.value == b.value && a.sensitive == b.sensitive;
  }
};

using header_list_view = std::span<const header_view>;

/// What one field adds to the size of a header list (RFC 9113 §6.5.2).
constexpr std::size_t header_size(const header_view& field) noexcept {
  return field.name.size() + field.value.size() + 32;
}

}  // namespace grpcwire::codec
