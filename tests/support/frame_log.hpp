// What a session sends, one line for each frame, so that a test says in text what it expects:
// `HEADERS 1 end :status=200 grpc-status=0`, `RST_STREAM 1 CANCEL`, `WINDOW_UPDATE 0 +5`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/frame_payloads.hpp>
#include <grpcwire/transport/hpack_view.hpp>
#include <grpcwire/transport/http2_names.hpp>

namespace grpcwire::tests {

/// The text itself when it is short and printable, otherwise how long it is.
inline std::string short_text(std::string_view text) {
  bool printable = text.size() <= 60;
  for (const char c : text) printable &= c >= ' ' && c <= '~';
  return printable ? "\"" + std::string(text) + "\"" : std::to_string(text.size()) + " bytes";
}

/// Reads one direction of a connection.
class frame_log {
 public:
  explicit frame_log(transport::first_byte first = transport::first_byte::of_a_frame)
      : parser_(first) {}

  void feed(codec::const_bytes bytes) {
    parser_.feed(bytes);
    while (const auto frame = parser_.next()) lines_.push_back(line(*frame));
    if (parser_.problem()) lines_.push_back("PROBLEM " + parser_.problem()->text);
  }

  const std::vector<std::string>& lines() const noexcept { return lines_; }
  /// True between frames.
  bool whole() const noexcept { return parser_.pending() == 0; }

 private:
  std::string line(const transport::frame& f) {
    namespace http2 = transport::http2;
    std::string text(http2::frame_type_name(f.type));
    if (f.type != http2::frame_type::settings && f.type != http2::frame_type::ping &&
        f.type != http2::frame_type::goaway) {
      text += " " + std::to_string(f.stream_id);
    }
    switch (f.type) {
      case http2::frame_type::data: {
        const auto data = transport::decode_data(f);
        if (f.has(http2::flag::end_stream)) text += " end";
        return text + " " + short_text(codec::as_text(data->data));
      }
      case http2::frame_type::headers:
      case http2::frame_type::continuation:
        return text + block(f);
      case http2::frame_type::rst_stream:
        return text + " " + std::string(http2::error_name(*transport::decode_rst_stream(f)));
      case http2::frame_type::settings: {
        if (f.has(http2::flag::ack)) return text + " ACK";
        const auto settings = transport::decode_settings(f);
        for (const auto& entry : *settings) {
          text +=
              " " + std::string(http2::setting_name(entry.id)) + "=" + std::to_string(entry.value);
        }
        return text;
      }
      case http2::frame_type::ping:
        if (f.has(http2::flag::ack)) text += " ACK";
        return text + " " + short_text(codec::as_text(f.payload));
      case http2::frame_type::goaway: {
        const auto goaway = transport::decode_goaway(f);
        return text + " " + std::to_string(goaway->last_stream_id) + " " +
               std::string(http2::error_name(goaway->error_code)) + " " +
               short_text(codec::as_text(goaway->debug_data));
      }
      case http2::frame_type::window_update:
        return text + " +" + std::to_string(*transport::decode_window_update(f));
      default:
        return text;
    }
  }

  /// The fields when the block is whole, so that HPACK tables stay in step.
  std::string block(const transport::frame& f) {
    namespace http2 = transport::http2;
    const auto fragment = transport::decode_header_fragment(f);
    block_.append(codec::as_text(fragment->fragment));
    std::string text =
        f.type == http2::frame_type::headers && f.has(http2::flag::end_stream) ? " end" : "";
    if (!f.has(http2::flag::end_headers)) return text + " …";
    const transport::hpack_block decoded =
        hpack_.decode(codec::as_bytes(std::exchange(block_, {})));
    for (const auto& field : decoded.fields) text += " " + field.name + "=" + field.value;
    if (decoded.problem) text += " PROBLEM " + decoded.problem->text;
    return text;
  }

  transport::frame_parser parser_;
  transport::hpack_view hpack_{{.decoded_size_max = std::size_t{8} << 20}};
  std::string block_;
  std::vector<std::string> lines_;
};

}  // namespace grpcwire::tests
