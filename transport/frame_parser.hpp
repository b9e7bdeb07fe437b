// Cuts the bytes of one direction of a connection into frames (RFC 9113 §4), for tools and tests
// that look. It judges nothing but framing; frame_payloads.hpp reads what is inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/http2_names.hpp>

namespace grpcwire::transport {

/// One frame as it was on the wire. The views are valid until the parser's next feed().
struct frame {
  std::uint64_t offset = 0;     ///< of its first byte in the direction, preface included
  std::uint32_t length = 0;     ///< of the payload, in bytes
  std::uint8_t type = 0;        ///< http2::frame_type, or any other number
  std::uint8_t flags = 0;       ///< http2::flag bits
  std::uint32_t stream_id = 0;  ///< 31 bits
  bool reserved_bit = false;    ///< the bit before the stream id; must be ignored by receivers
  codec::const_bytes payload;   ///< nothing stripped: padding and priority are in it
  codec::const_bytes bytes;     ///< the nine bytes of the header and the payload

  bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
};

/// Why the bytes cannot be cut any further, and from which byte of the direction on.
struct framing_problem {
  std::uint64_t offset = 0;
  std::string text;
};

/// What the first byte fed belongs to.
enum class first_byte : std::uint8_t {
  of_a_frame,   ///< bytes from the middle of a connection, or built by a test
  of_a_client,  ///< the client preface must come first (RFC 9113 §3.4)
  of_a_server,  ///< frames; TLS records and HTTP/1 text are recognised and reported
};

class frame_parser {
 public:
  /// `length_max`: a frame that announces more bytes of payload is a framing problem. It bounds
  /// the memory of the parser; the wire cannot say more than the default, 16 MiB - 1.
  explicit frame_parser(first_byte first = first_byte::of_a_frame,
                        std::uint32_t length_max = http2::frame_length_max) noexcept;

  /// Takes the next bytes, split anywhere. After a problem they are only dropped.
  void feed(codec::const_bytes bytes);

  /// The next whole frame. Nothing: feed more bytes, or see problem().
  std::optional<frame> next();

  /// Whether the whole client preface has come.
  bool preface_seen() const noexcept { return preface_seen_; }

  const std::optional<framing_problem>& problem() const noexcept { return problem_; }

  /// Bytes of an unfinished preface or frame; 0 after the last next() when the input ended cleanly.
  std::size_t pending() const noexcept { return buffer_.size() - read_; }

  /// Where the next frame begins, or will begin.
  std::uint64_t offset() const noexcept { return offset_; }

 private:
  codec::const_bytes rest() const noexcept;
  void advance(std::size_t size) noexcept;
  void fail(std::uint64_t offset, std::string text);
  void take_preface();
  void check_server_start();

  first_byte first_;
  std::uint32_t length_max_;
  bool preface_seen_ = false;
  std::vector<std::uint8_t> buffer_;
  std::size_t read_ = 0;      // bytes of buffer_ that next() has handed out
  std::uint64_t offset_ = 0;  // of buffer_[read_] in the direction
  std::optional<framing_problem> problem_;
};

}  // namespace grpcwire::transport
