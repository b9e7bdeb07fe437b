#include "frame_parser.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "big_endian.hpp"

namespace grpcwire::transport {
namespace {

constexpr std::string_view http1_start = "HTTP/";

bool is_tls_record(std::uint8_t first) {
  return first >= 0x14 && first <= 0x17;
}

// One byte must be enough to tell, so that the words do not depend on how the input was split.
std::string not_a_preface(std::size_t position, std::uint8_t byte) {
  std::string text = "this is not the client preface of HTTP/2";
  if (position == 0 && is_tls_record(byte)) {
    text += "; it looks like TLS, which cannot be read from outside";
  } else if (byte >= 'A' && byte <= 'Z') {
    text += "; it looks like an HTTP/1 request";
  }
  return text;
}

}  // namespace

frame_parser::frame_parser(first_byte first, std::uint32_t length_max) noexcept
    : first_(first), length_max_(length_max) {}

codec::const_bytes frame_parser::rest() const noexcept {
  return codec::const_bytes(buffer_).subspan(read_);
}

void frame_parser::advance(std::size_t size) noexcept {
  read_ += size;
  offset_ += size;
}

void frame_parser::fail(std::uint64_t offset, std::string text) {
  problem_ = framing_problem{offset, std::move(text)};
  buffer_.clear();
  read_ = 0;
}

void frame_parser::feed(codec::const_bytes bytes) {
  if (problem_) return;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
  read_ = 0;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  if (first_ == first_byte::of_a_client) take_preface();
  if (first_ == first_byte::of_a_server) check_server_start();
}

void frame_parser::take_preface() {
  const codec::const_bytes expected = codec::as_bytes(http2::client_preface);
  const codec::const_bytes got = rest();
  const std::size_t size = std::min(got.size(), expected.size());
  for (std::size_t i = 0; i < size; ++i) {
    if (got[i] != expected[i]) return fail(offset_ + i, not_a_preface(i, got[i]));
  }
  if (size < expected.size()) return;
  advance(size);
  preface_seen_ = true;
  first_ = first_byte::of_a_frame;
}

void frame_parser::check_server_start() {
  const codec::const_bytes got = rest();
  if (got.size() < http1_start.size()) return;
  if (codec::as_text(got).substr(0, http1_start.size()) == http1_start) {
    return fail(offset_, "this is not HTTP/2; it looks like an HTTP/1 response");
  }
  // No server opens with a SETTINGS frame of more than a megabyte, which is what it would be.
  if (is_tls_record(got[0]) && got[1] == 0x03) {
    return fail(offset_,
                "this is not HTTP/2; it looks like TLS, which cannot be read from outside");
  }
  first_ = first_byte::of_a_frame;
}

std::optional<frame> frame_parser::next() {
  const codec::const_bytes got = rest();
  if (problem_ || first_ != first_byte::of_a_frame || got.size() < http2::frame_header_size) {
    return std::nullopt;
  }
  frame f;
  f.offset = offset_;
  f.length = read_u32(got) >> 8;
  f.type = got[3];
  f.flags = got[4];
  f.reserved_bit = (got[5] & 0x80) != 0;
  f.stream_id = read_u31(got.subspan(5));
  if (f.length > length_max_) {
    fail(offset_, "a frame announces " + std::to_string(f.length) + " bytes, more than the " +
                      std::to_string(length_max_) + " that are allowed");
    return std::nullopt;
  }
  const std::size_t size = http2::frame_header_size + f.length;
  if (got.size() < size) return std::nullopt;
  f.bytes = got.first(size);
  f.payload = f.bytes.subspan(http2::frame_header_size);
  advance(size);
  return f;
}

}  // namespace grpcwire::transport
