#include "frame_payloads.hpp"

#include <cstddef>
#include <string>

#include "big_endian.hpp"

namespace grpcwire::transport {
namespace {

namespace type = http2::frame_type;
using codec::const_bytes;

std::uint32_t read_u16(const_bytes b) {
  return static_cast<std::uint32_t>(b[0] << 8 | b[1]);
}

malformed wrong_size(const frame& f, std::string_view wanted) {
  return {http2::error::frame_size_error, std::string(http2::frame_type_name(f.type)) +
                                              " must be " + std::string(wanted) + " long and has " +
                                              std::to_string(f.length)};
}

malformed too_short(const frame& f, std::string_view missing) {
  return {http2::error::frame_size_error, std::string(http2::frame_type_name(f.type)) +
                                              " is too short for its " + std::string(missing)};
}

struct unpadded {
  const_bytes rest;
  std::optional<std::uint8_t> pad_length;
};

decoded<unpadded> strip_padding(const frame& f) {
  if (!f.has(http2::flag::padded)) return unpadded{f.payload, std::nullopt};
  if (f.payload.empty()) return too_short(f, "pad length");
  const std::uint8_t pad_length = f.payload[0];
  if (pad_length >= f.payload.size()) {
    return malformed{http2::error::protocol_error,
                     "the padding (" + std::to_string(pad_length) + " bytes) does not fit into " +
                         std::to_string(f.payload.size()) + " bytes of payload"};
  }
  return unpadded{f.payload.subspan(1, f.payload.size() - 1 - pad_length), pad_length};
}

priority_fields read_priority(const_bytes b) {
  return {read_u31(b), (b[0] & 0x80) != 0, static_cast<std::uint16_t>(b[4] + 1)};
}

}  // namespace

decoded<data_payload> decode_data(const frame& f) {
  const decoded<unpadded> inner = strip_padding(f);
  if (!inner) return inner.problem();
  return data_payload{inner->rest, inner->pad_length};
}

decoded<header_fragment> decode_header_fragment(const frame& f) {
  header_fragment result;
  if (f.type == type::continuation) {
    result.fragment = f.payload;
    return result;
  }
  const decoded<unpadded> inner = strip_padding(f);
  if (!inner) return inner.problem();
  const_bytes rest = inner->rest;
  result.pad_length = inner->pad_length;
  if (f.type == type::push_promise) {
    if (rest.size() < 4) return too_short(f, "promised stream id");
    result.promised_stream_id = read_u31(rest);
    rest = rest.subspan(4);
  } else if (f.has(http2::flag::priority)) {
    if (rest.size() < 5) return too_short(f, "priority fields");
    result.priority = read_priority(rest);
    rest = rest.subspan(5);
  }
  result.fragment = rest;
  return result;
}

decoded<priority_fields> decode_priority(const frame& f) {
  if (f.payload.size() != 5) return wrong_size(f, "5 bytes");
  return read_priority(f.payload);
}

decoded<std::uint32_t> decode_rst_stream(const frame& f) {
  if (f.payload.size() != 4) return wrong_size(f, "4 bytes");
  return read_u32(f.payload);
}

decoded<std::vector<settings_entry>> decode_settings(const frame& f) {
  if (f.has(http2::flag::ack) && !f.payload.empty()) {
    return malformed{http2::error::frame_size_error, "a SETTINGS acknowledgement must be empty"};
  }
  if (f.payload.size() % 6 != 0) return wrong_size(f, "a multiple of 6 bytes");
  std::vector<settings_entry> entries;
  entries.reserve(f.payload.size() / 6);
  for (const_bytes b = f.payload; !b.empty(); b = b.subspan(6)) {
    entries.push_back({static_cast<std::uint16_t>(read_u16(b)), read_u32(b.subspan(2))});
  }
  return entries;
}

decoded<const_bytes> decode_ping(const frame& f) {
  if (f.payload.size() != 8) return wrong_size(f, "8 bytes");
  return f.payload;
}

decoded<goaway_payload> decode_goaway(const frame& f) {
  if (f.payload.size() < 8) return wrong_size(f, "at least 8 bytes");
  return goaway_payload{read_u31(f.payload), read_u32(f.payload.subspan(4)), f.payload.subspan(8)};
}

decoded<std::uint32_t> decode_window_update(const frame& f) {
  if (f.payload.size() != 4) return wrong_size(f, "4 bytes");
  const std::uint32_t increment = read_u31(f.payload);
  if (increment == 0) {
    return malformed{http2::error::protocol_error, "a WINDOW_UPDATE must add at least 1 byte"};
  }
  return increment;
}

std::optional<malformed> misplaced(const frame& f) {
  const std::string name(http2::frame_type_name(f.type));
  switch (f.type) {
    case type::data:
    case type::headers:
    case type::priority:
    case type::rst_stream:
    case type::push_promise:
    case type::continuation:
      if (f.stream_id != 0) return std::nullopt;
      return malformed{http2::error::protocol_error, name + " needs a stream and is on stream 0"};
    case type::settings:
    case type::ping:
    case type::goaway:
      if (f.stream_id == 0) return std::nullopt;
      return malformed{http2::error::protocol_error,
                       name + " belongs to the connection and must be on stream 0"};
    default:
      return std::nullopt;
  }
}

}  // namespace grpcwire::transport
