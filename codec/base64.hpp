// Base64 as gRPC carries binary metadata (RFC 4648 §4; gRPC doc/PROTOCOL-HTTP2.md,
// "Binary-Header").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::codec {

/// How many characters `size` bytes take without padding.
constexpr std::size_t base64_size(std::size_t size) noexcept {
  return size / 3 * 4 + (size % 3 == 0 ? 0 : size % 3 + 1);
}

/// Appends the unpadded text of `bytes`, which must not be part of `out`.
void base64_append(std::string& out, const_bytes bytes);

/// The unpadded text of `bytes`, in the alphabet with `+` and `/`.
std::string base64_encode(const_bytes bytes);

/// Appends what `text` stands for. Text whose length divides by four may end in padding, any other
/// must have none; the unused bits of the last character may be anything. False for text that is
/// no Base64, and then `out` is as it was. Empty text is legal.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);

}  // namespace grpcwire::codec
