#include "raw_frames.hpp"

#include <algorithm>

namespace grpcwire::transport {
namespace {

namespace type = http2::frame_type;
namespace flag = http2::flag;

void put(std::string& out, unsigned byte) {
  out += static_cast<char>(byte & 0xff);
}

void put_u16(std::string& out, std::uint32_t value) {
  put(out, value >> 8);
  put(out, value);
}

void put_u32(std::string& out, std::uint32_t value) {
  put_u16(out, value >> 16);
  put_u16(out, value);
}

// RFC 7541 §5.1 with a 7-bit prefix and the Huffman bit clear, then the text (§5.2).
void put_string(std::string& out, std::string_view text) {
  std::size_t rest = text.size();
  if (rest < 127) {
    put(out, static_cast<unsigned>(rest));
  } else {
    put(out, 127);
    for (rest -= 127; rest >= 128; rest >>= 7) put(out, static_cast<unsigned>(rest & 127) | 128);
    put(out, static_cast<unsigned>(rest));
  }
  out += text;
}

void put_priority(std::string& out, const priority_fields& fields) {
  put_u32(out, fields.depends_on | (fields.exclusive ? 0x80000000U : 0U));
  put(out, fields.weight - 1U);
}

std::uint8_t with(std::uint8_t flags, std::uint8_t more) {
  return static_cast<std::uint8_t>(flags | more);
}

std::uint8_t without(std::uint8_t flags, unsigned less) {
  return static_cast<std::uint8_t>(flags & ~less);
}

std::string padded(std::string_view payload, std::uint8_t padding) {
  std::string out;
  put(out, padding);
  out += payload;
  out.append(padding, '\0');
  return out;
}

}  // namespace

std::string literal_header_block(codec::header_list_view fields) {
  std::string out;
  for (const codec::header_view& field : fields) {
    put(out, field.sensitive ? 0x10 : 0x00);
    put_string(out, field.name);
    put_string(out, field.value);
  }
  return out;
}

raw_frames& raw_frames::garbage(std::string_view bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

raw_frames& raw_frames::preface() {
  return garbage(http2::client_preface);
}

raw_frames& raw_frames::raw(std::uint32_t length, std::uint8_t type, std::uint8_t flags,
                            std::uint32_t id, std::string_view payload) {
  std::string header;
  put(header, length >> 16);
  put_u16(header, length);
  put(header, type);
  put(header, flags);
  put_u32(header, id);
  return garbage(header).garbage(payload);
}

raw_frames& raw_frames::raw(std::uint8_t type, std::uint8_t flags, std::uint32_t id,
                            std::string_view payload) {
  return raw(static_cast<std::uint32_t>(payload.size()), type, flags, id, payload);
}

raw_frames& raw_frames::data(std::uint32_t id, std::string_view payload, bool end_stream) {
  return raw(type::data, end_stream ? flag::end_stream : flag::none, id, payload);
}

raw_frames& raw_frames::data_padded(std::uint32_t id, std::string_view payload,
                                    std::uint8_t padding, bool end_stream) {
  return raw(type::data, with(flag::padded, end_stream ? flag::end_stream : flag::none), id,
             padded(payload, padding));
}

raw_frames& raw_frames::headers(std::uint32_t id, codec::header_list_view fields,
                                std::uint8_t flags) {
  return headers_block_raw(id, literal_header_block(fields), flags);
}

raw_frames& raw_frames::headers(std::uint32_t id, std::initializer_list<codec::header_view> fields,
                                std::uint8_t flags) {
  return headers(id, codec::header_list_view(fields.begin(), fields.size()), flags);
}

raw_frames& raw_frames::headers_in_pieces(std::uint32_t id, codec::header_list_view fields,
                                          std::size_t piece_size, std::uint8_t flags) {
  const std::string block = literal_header_block(fields);
  const std::size_t step = std::max<std::size_t>(piece_size, 1);
  std::size_t done = 0;
  do {
    const std::string_view piece = std::string_view(block).substr(done, step);
    const bool first = done == 0;
    done += piece.size();
    const std::uint8_t end = done == block.size() ? flag::end_headers : flag::none;
    if (first) {
      headers_block_raw(id, piece, with(without(flags, flag::end_headers), end));
    } else {
      continuation_block_raw(id, piece, end);
    }
  } while (done < block.size());
  return *this;
}

raw_frames& raw_frames::headers_in_pieces(std::uint32_t id,
                                          std::initializer_list<codec::header_view> fields,
                                          std::size_t piece_size, std::uint8_t flags) {
  return headers_in_pieces(id, codec::header_list_view(fields.begin(), fields.size()), piece_size,
                           flags);
}

raw_frames& raw_frames::headers_padded(std::uint32_t id,
                                       std::initializer_list<codec::header_view> fields,
                                       std::uint8_t padding, std::uint8_t flags) {
  const std::string block =
      literal_header_block(codec::header_list_view(fields.begin(), fields.size()));
  return headers_block_raw(id, padded(block, padding), with(flags, flag::padded));
}

raw_frames& raw_frames::headers_with_priority(std::uint32_t id,
                                              std::initializer_list<codec::header_view> fields,
                                              priority_fields dependency, std::uint8_t flags) {
  std::string payload;
  put_priority(payload, dependency);
  payload += literal_header_block(codec::header_list_view(fields.begin(), fields.size()));
  return headers_block_raw(id, payload, with(flags, flag::priority));
}

raw_frames& raw_frames::headers_block_raw(std::uint32_t id, std::string_view bytes,
                                          std::uint8_t flags) {
  return raw(type::headers, flags, id, bytes);
}

raw_frames& raw_frames::continuation(std::uint32_t id,
                                     std::initializer_list<codec::header_view> fields,
                                     std::uint8_t flags) {
  return continuation_block_raw(
      id, literal_header_block(codec::header_list_view(fields.begin(), fields.size())), flags);
}

raw_frames& raw_frames::continuation_block_raw(std::uint32_t id, std::string_view bytes,
                                               std::uint8_t flags) {
  return raw(type::continuation, flags, id, bytes);
}

raw_frames& raw_frames::push_promise(std::uint32_t id, std::uint32_t promised_id,
                                     std::initializer_list<codec::header_view> fields,
                                     std::uint8_t flags) {
  std::string payload;
  put_u32(payload, promised_id);
  payload += literal_header_block(codec::header_list_view(fields.begin(), fields.size()));
  return raw(type::push_promise, flags, id, payload);
}

raw_frames& raw_frames::priority(std::uint32_t id, priority_fields fields) {
  std::string payload;
  put_priority(payload, fields);
  return raw(type::priority, flag::none, id, payload);
}

raw_frames& raw_frames::rst_stream(std::uint32_t id, std::uint32_t error_code) {
  std::string payload;
  put_u32(payload, error_code);
  return raw(type::rst_stream, flag::none, id, payload);
}

raw_frames& raw_frames::settings(std::initializer_list<settings_entry> entries) {
  std::string payload;
  for (const settings_entry& entry : entries) {
    put_u16(payload, entry.id);
    put_u32(payload, entry.value);
  }
  return raw(type::settings, flag::none, 0, payload);
}

raw_frames& raw_frames::settings_ack() {
  return raw(type::settings, flag::ack, 0, {});
}

raw_frames& raw_frames::ping(std::string_view payload, bool ack) {
  return raw(type::ping, ack ? flag::ack : flag::none, 0, payload);
}

raw_frames& raw_frames::goaway(std::uint32_t last_stream_id, std::uint32_t error_code,
                               std::string_view debug_data) {
  std::string payload;
  put_u32(payload, last_stream_id);
  put_u32(payload, error_code);
  payload += debug_data;
  return raw(type::goaway, flag::none, 0, payload);
}

raw_frames& raw_frames::window_update(std::uint32_t id, std::uint32_t increment) {
  std::string payload;
  put_u32(payload, increment);
  return raw(type::window_update, flag::none, id, payload);
}

}  // namespace grpcwire::transport
