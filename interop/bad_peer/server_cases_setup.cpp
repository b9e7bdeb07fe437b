// Connections that begin wrongly. Only the first one does: the client has to find its way back.
#include <array>
#include <string>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace setting = transport::http2::setting;
using transport::frames;

constexpr std::string_view unavailable =
    "status 14 | status 14, goaway PROTOCOL_ERROR | status 14, goaway any | status 0";
constexpr std::string_view rfc_preface = "RFC 9113 §3.4";

constexpr std::array cases{
    server_case{"http1", "answers in HTTP/1.1, and closes", unavailable, rfc_preface, nullptr,
                [](bad_server& s) {
                  s.send("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\nno HTTP/2 here");
                  s.close();
                }},
    server_case{"tls_to_plaintext", "answers with a TLS alert, and closes", unavailable,
                rfc_preface, nullptr,
                [](bad_server& s) {
                  s.send(std::string_view("\x15\x03\x03\x00\x02\x02\x16", 7));
                  s.close();
                }},
    server_case{"ping_before_settings", "sends PING before SETTINGS", unavailable, rfc_preface,
                nullptr,
                [](bad_server& s) {
                  s.send(frames().ping());
                  s.greet();
                }},
    server_case{"close_at_once", "accepts the connection, and closes it", unavailable,
                "gRPC statuscodes.md, UNAVAILABLE", nullptr, [](bad_server& s) { s.close(); }},
    server_case{"goaway_at_once", "sends SETTINGS and GOAWAY, and closes", unavailable,
                "RFC 9113 §6.8", nullptr,
                [](bad_server& s) {
                  s.greet();
                  s.send(frames().goaway(0, transport::http2::error::no_error, "not today"));
                  s.close();
                }},
    server_case{"settings_not_acknowledged", "never acknowledges the client's SETTINGS", "status 0",
                "RFC 9113 §6.5.3", nullptr,
                [](bad_server& s) {
                  s.acknowledges_settings = false;
                  s.greet();
                }},
    server_case{"no_streams_at_first", "allows no streams, and later one", "status 0",
                "RFC 9113 §5.1.2", nullptr,
                [](bad_server& s) {
                  s.send(frames().settings({{setting::max_concurrent_streams, 0}}));
                  s.greet();
                  s.send(frames().settings({{setting::max_concurrent_streams, 1}}));
                }},
    server_case{"tiny_window", "gives calls a window of one byte, then a large one", "status 0",
                "RFC 9113 §6.9.2", nullptr,
                [](bad_server& s) {
                  s.send(frames().settings({{setting::initial_window_size, 1}}));
                  s.greet();
                }},
    server_case{"all_settings_odd", "sends every setting at its limit, some twice", "status 0",
                "RFC 9113 §6.5.2", nullptr,
                [](bad_server& s) {
                  s.send(frames().settings({{setting::header_table_size, 0},
                                            {setting::max_frame_size, 16'384},
                                            {setting::max_frame_size, 16'777'215},
                                            {setting::initial_window_size, 0},
                                            {setting::initial_window_size, 0x7fff'ffff},
                                            {setting::max_concurrent_streams, 0xffff'ffff}}));
                }},
};

}  // namespace

std::span<const server_case> server_setup_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
