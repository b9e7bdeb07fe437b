#include "wire.hpp"

#include <algorithm>

#include <grpcwire/codec/compression.hpp>

namespace grpcwire::bad_peer {
namespace {

/// A protobuf varint.
std::string varint(std::size_t value) {
  std::string out;
  for (; value >= 128; value >>= 7) out += static_cast<char>((value & 127) | 128);
  return out += static_cast<char>(value);
}

/// A field of protobuf's wire type 2.
std::string delimited(char number, const std::string& content) {
  return static_cast<char>(number << 3 | 2) + varint(content.size()) + content;
}

}  // namespace

fields call_to(std::string_view path) {
  return {{":method", "POST"},         {":scheme", "http"}, {":path", path},
          {":authority", "localhost"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
}

fields response_head() {
  return {{":status", "200"}, {"content-type", "application/grpc"}};
}

fields ok_trailers() {
  return {{"grpc-status", "0"}};
}

fields with(fields list, std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(list, name, &codec::header_view::name);
  if (found == list.end()) return plus(std::move(list), name, value);
  found->value = value;
  return list;
}

fields without(fields list, std::string_view name) {
  std::erase_if(list, [&](const codec::header_view& field) { return field.name == name; });
  return list;
}

fields plus(fields list, std::string_view name, std::string_view value) {
  list.push_back({name, value});
  return list;
}

fields led_by(std::string_view name, std::string_view value, fields list) {
  list.insert(list.begin(), {name, value});
  return list;
}

std::string message(std::string_view payload, char flag_byte, std::uint32_t length) {
  std::string text(1, flag_byte);
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(length >> shift & 0xff);
  return text.append(payload);
}

std::string message(std::string_view payload, char flag_byte) {
  return message(payload, flag_byte, static_cast<std::uint32_t>(payload.size()));
}

std::string simple_response(std::size_t size) {
  return delimited(1, delimited(2, std::string(size, '\0')));
}

std::string gzipped(std::string_view text) {
  const auto out = codec::compress(codec::encoding::gzip, codec::as_bytes(text));
  return std::string(codec::as_text(out->view()));
}

transport::raw_frames request(std::uint32_t stream, const fields& head, std::string_view body) {
  return transport::frames().headers(stream, head).data(stream, body, true);
}

}  // namespace grpcwire::bad_peer
