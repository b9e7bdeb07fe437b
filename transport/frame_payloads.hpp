// Reads what is inside a frame (RFC 9113 §6). Each function takes a frame of its own type and
// returns the value, or says in words what is malformed; it looks at one frame only, so rules
// about the order of frames are not its business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/frame_parser.hpp>

namespace grpcwire::transport {

/// Why a payload is malformed, with the error code that RFC 9113 asks a receiver to answer.
struct malformed {
  std::uint32_t error_code = 0;
  std::string text;
};

/// A payload's value, or why there is none.
template <class T>
class [[nodiscard]] decoded {
 public:
  decoded(T value) : value_(std::move(value)) {}
  decoded(malformed problem) : problem_(std::move(problem)) {}

  explicit operator bool() const noexcept { return value_.has_value(); }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  const malformed& problem() const noexcept { return problem_; }

 private:
  std::optional<T> value_;
  malformed problem_;
};

struct settings_entry {
  std::uint16_t id = 0;
  std::uint32_t value = 0;
  friend bool operator==(const settings_entry&, const settings_entry&) = default;
};

struct priority_fields {
  std::uint32_t depends_on = 0;
  bool exclusive = false;
  std::uint16_t weight = 16;  ///< 1 to 256; the wire carries one less
  friend bool operator==(const priority_fields&, const priority_fields&) = default;
};

/// The views below are into the frame's payload.
struct data_payload {
  codec::const_bytes data;
  std::optional<std::uint8_t> pad_length;  ///< nothing: not padded
};

struct header_fragment {
  codec::const_bytes fragment;  ///< of an HPACK block; whole only with END_HEADERS
  std::optional<std::uint8_t> pad_length;
  std::optional<priority_fields> priority;  ///< HEADERS only
  std::uint32_t promised_stream_id = 0;     ///< PUSH_PROMISE only
};

struct goaway_payload {
  std::uint32_t last_stream_id = 0;
  std::uint32_t error_code = 0;
  codec::const_bytes debug_data;
};

decoded<data_payload> decode_data(const frame& f);
/// For HEADERS, PUSH_PROMISE and CONTINUATION.
decoded<header_fragment> decode_header_fragment(const frame& f);
decoded<priority_fields> decode_priority(const frame& f);
/// The error code.
decoded<std::uint32_t> decode_rst_stream(const frame& f);
/// In the order of the wire, repetitions included. Values are not judged, for unknown ids exist.
decoded<std::vector<settings_entry>> decode_settings(const frame& f);
/// The eight opaque bytes.
decoded<codec::const_bytes> decode_ping(const frame& f);
decoded<goaway_payload> decode_goaway(const frame& f);
/// The increment, 1 to 2^31 - 1.
decoded<std::uint32_t> decode_window_update(const frame& f);

/// What is wrong with the frame being on its stream: frames of the connection belong on stream 0,
/// frames of a stream anywhere else. Nothing when it is right, or the type is unknown.
std::optional<malformed> misplaced(const frame& f);

}  // namespace grpcwire::transport
