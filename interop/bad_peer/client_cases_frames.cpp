// Frames that are malformed, in the wrong place or unknown, and connections that begin wrongly.
#include <array>
#include <string>

#include "client_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
namespace setting = transport::http2::setting;
using transport::frames;

constexpr std::string_view broken = "goaway PROTOCOL_ERROR";
constexpr std::string_view wrong_size = "goaway FRAME_SIZE_ERROR";
constexpr std::string_view rfc_preface = "RFC 9113 §3.4";
constexpr std::string_view rfc_settings = "RFC 9113 §6.5";
constexpr std::string_view rfc_setting = "RFC 9113 §6.5.2";
constexpr std::string_view rfc_continuation = "RFC 9113 §6.10";
constexpr std::string_view rfc_hpack = "RFC 9113 §4.3";
constexpr std::string_view rfc_size = "RFC 9113 §4.2";

constexpr std::array cases{
    // ---- how connections begin
    client_case{"http1", "speaks HTTP/1.1", "closed | goaway PROTOCOL_ERROR", rfc_preface,
                [](bad_client& c) { c.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); }, false},
    client_case{"tls_to_plaintext", "sends a TLS record", "closed | goaway PROTOCOL_ERROR",
                rfc_preface,
                [](bad_client& c) {
                  c.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) +
                         std::string(507, 'x'));
                },
                false},
    client_case{"no_settings", "sends the preface, and a call instead of SETTINGS",
                "goaway PROTOCOL_ERROR | closed", rfc_preface,
                [](bad_client& c) { c.begin(good_request(1)); }, false},
    client_case{"settings_not_acknowledged", "never acknowledges the server's SETTINGS", "status 0",
                "RFC 9113 §6.5.3",
                [](bad_client& c) {
                  c.begin(frames().settings());
                  c.send(good_request(1));
                },
                false},
    client_case{"call_before_settings", "calls before the server's SETTINGS have come", "status 0",
                rfc_preface,
                [](bad_client& c) { c.begin(frames().settings().garbage(good_request(1).text())); },
                false},
    // ---- SETTINGS
    client_case{"initial_window_too_large", "sets INITIAL_WINDOW_SIZE to 2^31",
                "goaway FLOW_CONTROL_ERROR", rfc_setting,
                [](bad_client& c) {
                  c.send(frames().settings({{setting::initial_window_size, 0x8000'0000}}));
                }},
    client_case{"frame_size_too_small", "sets MAX_FRAME_SIZE to 100", broken, rfc_setting,
                [](bad_client& c) {
                  c.send(frames().settings({{setting::max_frame_size, 100}}));
                }},
    client_case{"frame_size_too_large", "sets MAX_FRAME_SIZE to 2^24", broken, rfc_setting,
                [](bad_client& c) {
                  c.send(frames().settings({{setting::max_frame_size, 1U << 24}}));
                }},
    client_case{"push_2", "sets ENABLE_PUSH to 2", broken, rfc_setting,
                [](bad_client& c) {
                  c.send(frames().settings({{setting::enable_push, 2}}));
                }},
    client_case{"settings_of_5_bytes", "sends SETTINGS of five bytes", wrong_size, rfc_settings,
                [](bad_client& c) { c.send(frames().raw(type::settings, 0, 0, "12345")); }},
    client_case{"settings_on_stream_1", "sends SETTINGS on stream 1", broken, rfc_settings,
                [](bad_client& c) { c.send(frames().raw(type::settings, 0, 1, "")); }},
    client_case{
        "settings_ack_with_payload", "acknowledges SETTINGS with six bytes", wrong_size,
        rfc_settings,
        [](bad_client& c) { c.send(frames().raw(type::settings, flag::ack, 0, "123456")); }},
    client_case{"unknown_setting", "sends a setting 0xf000", "status 0", rfc_setting,
                [](bad_client& c) {
                  c.send(frames().settings({{0xf000, 1}}));
                  c.send(good_request(1));
                }},
    // ---- sizes
    client_case{"ping_of_7_bytes", "sends a PING of seven bytes", wrong_size, "RFC 9113 §6.7",
                [](bad_client& c) { c.send(frames().ping("1234567")); }},
    client_case{"reset_of_3_bytes", "sends RST_STREAM of three bytes", wrong_size, "RFC 9113 §6.4",
                [](bad_client& c) {
                  c.send(
                      frames().headers(1, call_to(empty_call)).raw(type::rst_stream, 0, 1, "123"));
                }},
    client_case{"window_update_of_3_bytes", "sends WINDOW_UPDATE of three bytes", wrong_size,
                "RFC 9113 §6.9",
                [](bad_client& c) { c.send(frames().raw(type::window_update, 0, 0, "123")); }},
    client_case{"priority_of_4_bytes", "sends PRIORITY of four bytes",
                "status 0 | reset FRAME_SIZE_ERROR | goaway FRAME_SIZE_ERROR", "RFC 9113 §6.3",
                [](bad_client& c) {
                  c.send(frames()
                             .headers(1, call_to(empty_call))
                             .raw(type::priority, 0, 1, "1234")
                             .data(1, message(), true));
                }},
    client_case{"frame_too_long", "sends a frame longer than MAX_FRAME_SIZE",
                "goaway FRAME_SIZE_ERROR | reset FRAME_SIZE_ERROR", rfc_size,
                [](bad_client& c) {
                  c.send(frames().headers(1, call_to(empty_call)));
                  c.send(frames().raw(type::data, 0, 1, std::string(c.max_frame_size + 1U, '\0')));
                }},
    client_case{"padding_longer_than_data", "sends DATA with more padding than payload", broken,
                "RFC 9113 §6.1",
                [](bad_client& c) {
                  c.send(frames()
                             .headers(1, call_to(empty_call))
                             .raw(type::data, flag::padded, 1,
                                  "\x09"
                                  "1234"));
                }},
    // ---- places
    client_case{"ping_on_stream_1", "sends PING on stream 1", broken, "RFC 9113 §6.7",
                [](bad_client& c) { c.send(frames().raw(type::ping, 0, 1, "12345678")); }},
    client_case{
        "goaway_on_stream_1", "sends GOAWAY on stream 1", broken, "RFC 9113 §6.8",
        [](bad_client& c) { c.send(frames().raw(type::goaway, 0, 1, std::string(8, '\0'))); }},
    client_case{"ping_answer_nobody_asked_for", "acknowledges a PING that nobody has sent",
                "status 0", "RFC 9113 §6.7",
                [](bad_client& c) {
                  c.send(frames().ping("12345678", true));
                  c.send(good_request(1));
                }},
    client_case{"push_promise", "sends PUSH_PROMISE", broken, "RFC 9113 §8.4",
                [](bad_client& c) {
                  c.send(frames().headers(1, call_to(empty_call)).push_promise(1, 2, {}));
                }},
    client_case{"unknown_frames", "sends frames of unknown types on all kinds of streams",
                "status 0", "RFC 9113 §5.5",
                [](bad_client& c) {
                  c.send(frames().raw(0x42, 0xff, 0, "12345").raw(0x43, 0, 77, ""));
                  c.send(good_request(1));
                }},
    // ---- header blocks
    client_case{
        "five_continuations", "sends its headers in six pieces", "status 0", rfc_continuation,
        [](bad_client& c) {
          const fields head = call_to(empty_call);
          const std::size_t size = transport::literal_header_block(head).size();
          c.send(frames().headers_in_pieces(1, head, size / 6 + 1).data(1, message(), true));
        }},
    client_case{"continuation_alone", "sends CONTINUATION without HEADERS", broken,
                rfc_continuation,
                [](bad_client& c) {
                  c.send(frames().continuation(1, {{"x", "1"}}));
                }},
    client_case{
        "frame_in_a_header_block", "sends PING between HEADERS and CONTINUATION", broken,
        rfc_continuation,
        [](bad_client& c) { c.send(frames().headers(1, call_to(empty_call), flag::none).ping()); }},
    client_case{
        "hpack_garbage", "sends a header block that HPACK cannot decode",
        "goaway COMPRESSION_ERROR", rfc_hpack,
        [](bad_client& c) { c.send(frames().headers_block_raw(1, "\xff\xff\xff\xff", whole)); }},
    client_case{"hpack_index_0", "refers to the HPACK entry 0", "goaway COMPRESSION_ERROR",
                "RFC 7541 §6.1",
                [](bad_client& c) { c.send(frames().headers_block_raw(1, "\x80", whole)); }},
    client_case{
        "hpack_table_too_large", "makes the HPACK table larger than was allowed",
        "goaway COMPRESSION_ERROR", "RFC 7541 §6.3",
        [](bad_client& c) { c.send(frames().headers_block_raw(1, "\x3f\xe1\xff\x3f", whole)); }},
};

}  // namespace

std::span<const client_case> client_frame_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
