// Frames in the middle of a call that are malformed, in the wrong place, too many or unknown. A
// fault of the connection ends it: with a GOAWAY (RFC 9113 §5.4.1: should), and UNAVAILABLE for its
// calls, or INTERNAL.
#include <array>
#include <string>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
namespace setting = transport::http2::setting;
namespace error = transport::http2::error;
using transport::frames;

constexpr int many = 10'000;

constexpr std::string_view broken =
    "status 14, goaway PROTOCOL_ERROR | status 13, goaway PROTOCOL_ERROR | status 14 | status 13";
constexpr std::string_view broken_flow =
    "status 14, goaway FLOW_CONTROL_ERROR | status 13, goaway FLOW_CONTROL_ERROR | status 14 | "
    "status 13";
constexpr std::string_view broken_size =
    "status 14, goaway FRAME_SIZE_ERROR | status 13, goaway FRAME_SIZE_ERROR | status 14 | "
    "status 13";
constexpr std::string_view broken_hpack =
    "status 14, goaway COMPRESSION_ERROR | status 13, goaway COMPRESSION_ERROR | status 14 | "
    "status 13";
constexpr std::string_view flood =
    "status 0 | status 14, goaway ENHANCE_YOUR_CALM | status 8, goaway ENHANCE_YOUR_CALM | "
    "status 14 | status 13";

/// Does its worst, then answers well.
void before_the_answer(bad_server& s, const incoming_call& c, const transport::raw_frames& worst) {
  s.send(worst);
  s.answer(c);
}

template <class Add>
void many_before_the_answer(bad_server& s, const incoming_call& c, Add add) {
  auto out = frames();
  for (int n = 0; n < many; ++n) add(out);
  before_the_answer(s, c, out);
}

constexpr std::array cases{
    server_case{"push_promise", "sends PUSH_PROMISE, which the client has forbidden", broken,
                "RFC 9113 §8.4",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c,
                                    frames().push_promise(c.stream, 2,
                                                          {{":method", "GET"},
                                                           {":scheme", "http"},
                                                           {":authority", "localhost"},
                                                           {":path", "/x"}}));
                }},
    server_case{"push_setting", "sets ENABLE_PUSH to 1", broken, "RFC 9113 §6.5.2",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().settings({{setting::enable_push, 1}}));
                }},
    server_case{
        "initial_window_too_large", "sets INITIAL_WINDOW_SIZE to 2^31", broken_flow,
        "RFC 9113 §6.5.2",
        [](bad_server& s, const incoming_call& c) {
          before_the_answer(s, c, frames().settings({{setting::initial_window_size, 0x8000'0000}}));
        }},
    server_case{"frame_size_too_small", "sets MAX_FRAME_SIZE to 100", broken, "RFC 9113 §6.5.2",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().settings({{setting::max_frame_size, 100}}));
                }},
    server_case{"settings_of_5_bytes", "sends SETTINGS of five bytes", broken_size, "RFC 9113 §6.5",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().raw(type::settings, 0, 0, "12345"));
                }},
    server_case{"unknown_setting", "sends a setting 0xf000", "status 0", "RFC 9113 §6.5.2",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().settings({{0xf000, 1}}));
                }},
    server_case{"ping_of_7_bytes", "sends a PING of seven bytes", broken_size, "RFC 9113 §6.7",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().ping("1234567"));
                }},
    server_case{"window_overflow", "opens the connection's window beyond 2^31 - 1", broken_flow,
                "RFC 9113 §6.9.1",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().window_update(0, 0x7fff'ffff));
                }},
    server_case{"stream_window_overflow", "opens the call's window beyond 2^31 - 1",
                "status 13 | status 14 | status 0", "RFC 9113 §6.9.1",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().window_update(c.stream, 0x7fff'ffff));
                }},
    server_case{"window_update_of_zero", "opens the connection's window by nothing", broken,
                "RFC 9113 §6.9",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().window_update(0, 0));
                }},
    server_case{
        "frame_too_long", "sends DATA longer than MAX_FRAME_SIZE", broken_size, "RFC 9113 §4.2",
        [](bad_server& s, const incoming_call& c) {
          s.send(head_of(c));
          before_the_answer(
              s, c,
              frames().raw(type::data, 0, c.stream, std::string(s.max_frame_size() + 1U, '\0')));
        }},
    server_case{"padding_longer_than_data", "sends DATA with more padding than payload", broken,
                "RFC 9113 §6.1",
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c));
                  before_the_answer(s, c,
                                    frames().raw(type::data, flag::padded, c.stream,
                                                 "\x09"
                                                 "1234"));
                }},
    server_case{"data_on_stream_0", "sends DATA on stream 0", broken, "RFC 9113 §6.1",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().data(0, "x"));
                }},
    server_case{"data_on_idle_stream", "sends DATA on a stream that was not opened", broken,
                "RFC 9113 §5.1",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().data(c.stream + 100, "x"));
                }},
    server_case{"headers_on_even_stream", "sends HEADERS on stream 2, which nobody has promised",
                broken, "RFC 9113 §5.1.1",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().headers(2, response_head()));
                }},
    server_case{"reset_of_idle_stream", "resets a stream that was not opened", broken,
                "RFC 9113 §5.1",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().rst_stream(c.stream + 100, error::cancel));
                }},
    server_case{"continuation_alone", "sends CONTINUATION without HEADERS", broken,
                "RFC 9113 §6.10",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().continuation(c.stream, {{"x", "1"}}));
                }},
    server_case{"frame_in_a_header_block", "sends PING between HEADERS and CONTINUATION", broken,
                "RFC 9113 §6.10",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c,
                                    frames().headers(c.stream, response_head(), flag::none).ping());
                }},
    server_case{"five_continuations", "sends its headers in pieces", "status 0", "RFC 9113 §6.10",
                [](bad_server& s, const incoming_call& c) {
                  const fields head = response_head();
                  const std::size_t size = transport::literal_header_block(head).size();
                  s.send(frames()
                             .headers_in_pieces(c.stream, head, size / 6 + 1)
                             .data(c.stream, good_message())
                             .headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"hpack_garbage", "sends a header block that HPACK cannot decode", broken_hpack,
                "RFC 9113 §4.3",
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().headers_block_raw(c.stream, "\xff\xff\xff\xff"));
                }},
    server_case{"unknown_frames", "sends frames of unknown types on all kinds of streams",
                "status 0", "RFC 9113 §5.5",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c,
                                    frames()
                                        .raw(0x42, 0xff, 0, "12345")
                                        .raw(0x43, 0, c.stream, "x")
                                        .raw(0x44, 0, 77, ""));
                }},
    server_case{"priority", "sends PRIORITY", "status 0", "RFC 9113 §5.3.2",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().priority(c.stream, {}));
                }},
    server_case{"ping_answer_nobody_asked_for", "acknowledges a PING that nobody has sent",
                "status 0", "RFC 9113 §6.7",
                [](bad_server& s, const incoming_call& c) {
                  before_the_answer(s, c, frames().ping("12345678", true));
                }},
    // ---- floods
    server_case{"settings_flood", "sends 10,000 SETTINGS", flood, "CVE-2019-9515",
                [](bad_server& s, const incoming_call& c) {
                  many_before_the_answer(s, c, [](auto& out) { out.settings(); });
                }},
    server_case{"ping_flood", "sends 10,000 PINGs", flood, "CVE-2019-9512",
                [](bad_server& s, const incoming_call& c) {
                  many_before_the_answer(s, c, [](auto& out) { out.ping(); });
                }},
    server_case{"empty_data_flood", "sends 10,000 empty DATA frames", flood, "CVE-2019-9518",
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c));
                  auto out = frames();
                  for (int n = 0; n < many; ++n) out.data(c.stream, "");
                  s.send(
                      out.data(c.stream, good_message()).headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"continuation_flood", "sends 10,000 CONTINUATION frames",
                "status 14, goaway ENHANCE_YOUR_CALM | status 13, goaway INTERNAL_ERROR | "
                "status 14 | status 13 | status 8",
                "CVE-2024-28182",
                [](bad_server& s, const incoming_call& c) {
                  auto out = frames().headers(c.stream, response_head(), flag::none);
                  for (int n = 0; n < many; ++n) {
                    out.continuation(c.stream, {{"x", "1"}}, flag::none);
                  }
                  s.send(out);
                }},
    server_case{
        "hpack_bomb", "sends 7 KB of headers that unfold to 12 MB",
        "status 8 | status 13 | status 14, goaway ENHANCE_YOUR_CALM | status 14", "CVE-2016-6581",
        [](bad_server& s, const incoming_call& c) {
          std::string block = transport::literal_header_block(response_head());
          block += "\x40\x01y\x7f\xa1\x1e" + std::string(4'000, 'x');
          s.send(frames().headers_block_raw(c.stream, block + std::string(3'000, '\xbe')));
          s.send(frames().data(c.stream, good_message()).headers(c.stream, ok_trailers(), whole));
        }},
};

}  // namespace

std::span<const server_case> server_frame_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
