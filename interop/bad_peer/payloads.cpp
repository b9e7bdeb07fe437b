#include "payloads.hpp"

#include <grpcwire/codec/percent.hpp>

namespace grpcwire::bad_peer {
namespace {

/// As the parser of payloads wants it; valid as long as `from`.
transport::frame view_of(const received_frame& from) {
  transport::frame frame;
  frame.type = from.type;
  frame.flags = from.flags;
  frame.stream_id = from.stream;
  frame.length = static_cast<std::uint32_t>(from.payload.size());
  frame.payload = codec::as_bytes(from.payload);
  return frame;
}

}  // namespace

std::vector<transport::settings_entry> settings_of(const received_frame& frame) {
  const auto entries = transport::decode_settings(view_of(frame));
  return entries ? *entries : std::vector<transport::settings_entry>();
}

std::uint32_t reset_code_of(const received_frame& frame) {
  const auto code = transport::decode_rst_stream(view_of(frame));
  return code ? *code : 0;
}

std::uint32_t increment_of(const received_frame& frame) {
  const auto increment = transport::decode_window_update(view_of(frame));
  return increment ? *increment : 0;
}

std::pair<std::uint32_t, std::string> goaway_of(const received_frame& frame) {
  const auto goaway = transport::decode_goaway(view_of(frame));
  if (!goaway) return {};
  return {goaway->error_code, readable_message(codec::as_text(goaway->debug_data))};
}

std::string readable_message(std::string_view grpc_message) {
  std::string text = codec::percent_decode(grpc_message);
  for (char& c : text) {
    if (c >= 0 && (c < ' ' || c == 0x7f)) c = ' ';
  }
  return text;
}

}  // namespace grpcwire::bad_peer
