// What both ends of the floor know of HTTP/2 and gRPC.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <google/protobuf/message_lite.h>
#include <nghttp2/nghttp2.h>

namespace bench_floor {

using bytes_view = std::span<const std::uint8_t>;

constexpr std::size_t prefix_size = 5;
constexpr std::size_t frame_head_size = 9;
constexpr std::size_t message_size_max = 4U << 20;
constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t output_high_water = 256 * 1024;
constexpr std::size_t by_reference_min = 4096;  // shorter pieces cost less copied than gathered
constexpr int window = 1 << 20;

enum class method : std::uint8_t { none, unary, streaming, from_client, from_server, both_ways };
constexpr std::array<std::string_view, 6> paths{
    "",
    "/grpc.testing.BenchmarkService/UnaryCall",
    "/grpc.testing.BenchmarkService/StreamingCall",
    "/grpc.testing.BenchmarkService/StreamingFromClient",
    "/grpc.testing.BenchmarkService/StreamingFromServer",
    "/grpc.testing.BenchmarkService/StreamingBothWays"};

inline nghttp2_nv constant_field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

/// Big-endian, as all numbers of the wire.
inline std::uint32_t number_at(const std::uint8_t* from) {
  return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
         from[3];
}
inline void put_number(std::uint8_t* to, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i) to[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
}

inline std::size_t declared_length(bytes_view prefix) {
  return number_at(prefix.data() + 1);
}

/// Writes the message with its prefix over what the container had.
template <class Bytes>
void serialize(const google::protobuf::MessageLite& message, Bytes& into) {
  const std::size_t size = message.ByteSizeLong();
  into.resize(prefix_size + size);
  std::uint8_t* to = into.data();
  to[0] = 0;
  put_number(to + 1, static_cast<std::uint32_t>(size));
  message.SerializeWithCachedSizesToArray(to + prefix_size);
}

struct session_deleter {
  void operator()(nghttp2_session* s) const noexcept { nghttp2_session_del(s); }
};
using session_ptr = std::unique_ptr<nghttp2_session, session_deleter>;

}  // namespace bench_floor
