// What a client may send on which stream, as far as nghttp2 looks away. Private to transport.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/error.hpp>
#include <grpcwire/transport/event.hpp>
#include <grpcwire/transport/http2_names.hpp>
#include <grpcwire/transport/skipped_streams.hpp>

namespace grpcwire::transport {

/// Follows the heads of a client's frames. RFC 9113 §5.1: DATA and HEADERS on a stream that their
/// sender has ended, or reset, are a connection error; §5.1.1: so are HEADERS on a stream that was
/// skipped. nghttp2 ignores the latter, and for the former it would keep whole streams that are
/// over, a hundred on each connection.
class stream_rules {
 public:
  struct broken_rule {
    http2_errc code;
    std::string_view text;  // static
  };

  /// How many of the bytes that come next on the connection may be taken: all of them, or what is
  /// in front of the frame that breaks a rule.
  std::size_t check(codec::const_bytes bytes);
  const std::optional<broken_rule>& broken() const noexcept { return broken_; }

  /// Of the streams that were ended, so many are remembered at least when numbers come in turn.
  static constexpr std::size_t remembered = 64;

 private:
  bool accept(const std::uint8_t* head);
  bool refuse(http2_errc code, std::string_view text);

  std::size_t ahead_ = http2::client_preface.size();  // bytes up to the next head
  std::array<std::uint8_t, http2::frame_header_size> head_{};
  std::size_t head_size_ = 0;  // of a head that comes in parts
  skipped_streams skipped_;
  std::array<std::uint32_t, remembered> ended_{};  // by half their number; 0: none
  std::optional<broken_rule> broken_;
};

}  // namespace grpcwire::transport
