#include "http2_names.hpp"

#include <array>

namespace grpcwire::transport::http2 {
namespace {

struct named_bit {
  std::uint8_t bit;
  std::string_view name;
};

struct type_flags {
  std::uint8_t type;
  std::array<named_bit, 4> bits;  // bit 0 ends the list
};

constexpr std::array<type_flags, 6> flags_of_types = {{
    {frame_type::data, {{{flag::end_stream, "END_STREAM"}, {flag::padded, "PADDED"}}}},
    {frame_type::headers,
     {{{flag::end_stream, "END_STREAM"},
       {flag::end_headers, "END_HEADERS"},
       {flag::padded, "PADDED"},
       {flag::priority, "PRIORITY"}}}},
    {frame_type::settings, {{{flag::ack, "ACK"}}}},
    {frame_type::push_promise, {{{flag::end_headers, "END_HEADERS"}, {flag::padded, "PADDED"}}}},
    {frame_type::ping, {{{flag::ack, "ACK"}}}},
    {frame_type::continuation, {{{flag::end_headers, "END_HEADERS"}}}},
}};

std::string hex_byte(unsigned value) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {'0', 'x', digits[value >> 4 & 0xf], digits[value & 0xf]};
}

}  // namespace

std::string_view frame_type_name(std::uint8_t type) noexcept {
  switch (type) {
    case frame_type::data:
      return "DATA";
    case frame_type::headers:
      return "HEADERS";
    case frame_type::priority:
      return "PRIORITY";
    case frame_type::rst_stream:
      return "RST_STREAM";
    case frame_type::settings:
      return "SETTINGS";
    case frame_type::push_promise:
      return "PUSH_PROMISE";
    case frame_type::ping:
      return "PING";
    case frame_type::goaway:
      return "GOAWAY";
    case frame_type::window_update:
      return "WINDOW_UPDATE";
    case frame_type::continuation:
      return "CONTINUATION";
    case 0x0a:
      return "ALTSVC";  // RFC 7838
    case 0x0c:
      return "ORIGIN";  // RFC 8336
    case 0x10:
      return "PRIORITY_UPDATE";  // RFC 9218
    default:
      return "UNKNOWN";
  }
}

std::string flag_names(std::uint8_t type, std::uint8_t flags) {
  std::string text;
  unsigned left = flags;
  const auto add = [&text](std::string_view name) {
    if (!text.empty()) text += '|';
    text += name;
  };
  for (const type_flags& entry : flags_of_types) {
    if (entry.type != type) continue;
    for (const named_bit& bit : entry.bits) {
      if ((left & bit.bit) == 0) continue;
      add(bit.name);
      left &= ~static_cast<unsigned>(bit.bit);
    }
  }
  if (left != 0) add(hex_byte(left));
  return text;
}

std::string_view setting_name(std::uint16_t id) noexcept {
  switch (id) {
    case setting::header_table_size:
      return "HEADER_TABLE_SIZE";
    case setting::enable_push:
      return "ENABLE_PUSH";
    case setting::max_concurrent_streams:
      return "MAX_CONCURRENT_STREAMS";
    case setting::initial_window_size:
      return "INITIAL_WINDOW_SIZE";
    case setting::max_frame_size:
      return "MAX_FRAME_SIZE";
    case setting::max_header_list_size:
      return "MAX_HEADER_LIST_SIZE";
    case setting::enable_connect_protocol:
      return "ENABLE_CONNECT_PROTOCOL";
    case setting::no_rfc7540_priorities:
      return "NO_RFC7540_PRIORITIES";
    case setting::grpc_allow_true_binary_metadata:
      return "GRPC_ALLOW_TRUE_BINARY_METADATA";
    default:
      return "UNKNOWN";
  }
}

std::string_view error_name(std::uint32_t code) noexcept {
  constexpr std::array<std::string_view, 14> names = {
      "NO_ERROR",
      "PROTOCOL_ERROR",
      "INTERNAL_ERROR",
      "FLOW_CONTROL_ERROR",
      "SETTINGS_TIMEOUT",
      "STREAM_CLOSED",
      "FRAME_SIZE_ERROR",
      "REFUSED_STREAM",
      "CANCEL",
      "COMPRESSION_ERROR",
      "CONNECT_ERROR",
      "ENHANCE_YOUR_CALM",
      "INADEQUATE_SECURITY",
      "HTTP_1_1_REQUIRED",
  };
  return code < names.size() ? names[code] : "UNKNOWN";
}

}  // namespace grpcwire::transport::http2
