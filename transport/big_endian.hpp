// Numbers as HTTP/2 has them on the wire. Private to transport.
#pragma once

#include <cstdint>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::transport {

/// Of the first four bytes.
inline std::uint32_t read_u32(codec::const_bytes b) noexcept {
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}
/// Without the bit in front, which is no part of a stream's number, nor of a window.
inline std::uint32_t read_u31(codec::const_bytes b) noexcept {
  return read_u32(b) & 0x7fffffff;
}

}  // namespace grpcwire::transport
