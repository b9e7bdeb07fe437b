// Calls that end with RST_STREAM, GOAWAY or the connection.
#include <array>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace error = transport::http2::error;
using transport::frames;

constexpr std::string_view grpc_errors = "gRPC PROTOCOL-HTTP2, Errors";
constexpr std::string_view grpc_retries = "gRFC A6, transparent retries";
constexpr std::string_view rfc_goaway = "RFC 9113 §6.8";
constexpr std::string_view grpc_unavailable = "gRPC statuscodes.md, UNAVAILABLE";
constexpr std::uint32_t last_stream = 0x7fff'ffff;

template <std::uint32_t code>
void reset(bad_server& s, const incoming_call& c) {
  s.send(frames().rst_stream(c.stream, code));
}

/// Only the first attempt of a call goes wrong.
template <class Wrong>
void wrong_at_first(bad_server& s, const incoming_call& c, Wrong wrong) {
  if (s.record().call_began() == 1) {
    wrong();
  } else {
    s.answer(c);
  }
}

constexpr std::array cases{
    server_case{"reset_no_error", "resets the call with NO_ERROR", "status 13", grpc_errors,
                reset<error::no_error>},
    server_case{"reset_protocol_error", "resets the call with PROTOCOL_ERROR", "status 13",
                grpc_errors, reset<error::protocol_error>},
    server_case{"reset_internal_error", "resets the call with INTERNAL_ERROR", "status 13",
                grpc_errors, reset<error::internal_error>},
    server_case{"reset_flow_control_error", "resets the call with FLOW_CONTROL_ERROR", "status 13",
                grpc_errors, reset<error::flow_control_error>},
    server_case{"reset_settings_timeout", "resets the call with SETTINGS_TIMEOUT", "status 13",
                grpc_errors, reset<error::settings_timeout>},
    server_case{"reset_stream_closed", "resets the call with STREAM_CLOSED", "status 13 | status 2",
                grpc_errors, reset<error::stream_closed>},
    server_case{"reset_frame_size_error", "resets the call with FRAME_SIZE_ERROR", "status 13",
                grpc_errors, reset<error::frame_size_error>},
    server_case{"reset_refused_once", "refuses the first attempt of a call with REFUSED_STREAM",
                "status 0", grpc_retries,
                [](bad_server& s, const incoming_call& c) {
                  wrong_at_first(s, c, [&] { reset<error::refused_stream>(s, c); });
                }},
    server_case{"reset_refused_always", "refuses every attempt of a call with REFUSED_STREAM",
                "status 14", grpc_errors, reset<error::refused_stream>},
    server_case{"reset_cancel", "resets the call with CANCEL", "status 1", grpc_errors,
                reset<error::cancel>},
    server_case{"reset_compression_error", "resets the call with COMPRESSION_ERROR", "status 13",
                grpc_errors, reset<error::compression_error>},
    server_case{"reset_connect_error", "resets the call with CONNECT_ERROR", "status 13",
                grpc_errors, reset<error::connect_error>},
    server_case{"reset_enhance_your_calm", "resets the call with ENHANCE_YOUR_CALM", "status 8",
                grpc_errors, reset<error::enhance_your_calm>},
    server_case{"reset_inadequate_security", "resets the call with INADEQUATE_SECURITY", "status 7",
                grpc_errors, reset<error::inadequate_security>},
    server_case{"reset_http_1_1_required", "resets the call with HTTP_1_1_REQUIRED",
                "status 2 | status 13", "RFC 9113 §7", reset<error::http_1_1_required>},
    server_case{"reset_unknown_code", "resets the call with the code 0xabcdef",
                "status 2 | status 13", "RFC 9113 §7", reset<0xabcdefU>},
    server_case{"reset_after_headers", "sends headers, then RST_STREAM with REFUSED_STREAM",
                "status 14 | status 13", grpc_retries,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).rst_stream(c.stream, error::refused_stream));
                }},
    server_case{"reset_after_trailers", "resets with NO_ERROR behind the trailers", "status 0",
                "RFC 9113 §8.1",
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, response_head(), good_message(), ok_trailers())
                             .rst_stream(c.stream, error::no_error));
                }},
    server_case{"cancel_after_trailers", "resets with CANCEL behind the trailers", "status 0",
                "RFC 9113 §5.1",
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, response_head(), good_message(), ok_trailers())
                             .rst_stream(c.stream, error::cancel));
                }},
    server_case{"reset_of_html", "begins an HTML page with 503 and resets it",
                "status 14 | status 13", "gRPC http-grpc-status-mapping.md",
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames()
                             .headers(c.stream, {{":status", "503"}, {"content-type", "text/html"}})
                             .data(c.stream, "<html>")
                             .rst_stream(c.stream, error::internal_error));
                }},
    // ---- GOAWAY
    server_case{"goaway_0", "sends GOAWAY with last stream 0 to the first attempt of a call",
                "status 0", grpc_retries,
                [](bad_server& s, const incoming_call& c) {
                  wrong_at_first(s, c, [&] { s.send(frames().goaway(0, error::no_error)); });
                }},
    server_case{
        "goaway_0_always", "sends GOAWAY with last stream 0 to every attempt of a call",
        "status 14", rfc_goaway,
        [](bad_server& s, const incoming_call&) { s.send(frames().goaway(0, error::no_error)); }},
    server_case{"goaway_between", "sends GOAWAY between headers and message", "status 0",
                rfc_goaway,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c)
                             .goaway(c.stream, error::no_error, "bye")
                             .data(c.stream, good_message())
                             .headers(c.stream, ok_trailers(), whole));
                }},
    server_case{
        "goaway_twice", "sends GOAWAY twice, as servers do that drain", "status 0", rfc_goaway,
        [](bad_server& s, const incoming_call& c) {
          s.send(frames().goaway(last_stream, error::no_error).goaway(c.stream, error::no_error));
          s.answer(c);
        }},
    server_case{
        "goaway_growing", "sends GOAWAY a second time with a larger last stream",
        "status 0 | status 14, goaway PROTOCOL_ERROR | status 13, goaway PROTOCOL_ERROR | "
        "status 14",
        rfc_goaway,
        [](bad_server& s, const incoming_call& c) {
          s.send(frames().goaway(c.stream, error::no_error).goaway(last_stream, error::no_error));
          s.answer(c);
        }},
    server_case{"goaway_even", "sends GOAWAY with last stream 2",
                "status 0 | status 14, goaway PROTOCOL_ERROR | status 13, goaway PROTOCOL_ERROR | "
                "status 14",
                rfc_goaway,
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().goaway(c.stream + 1, error::no_error));
                  s.answer(c);
                }},
    server_case{"goaway_too_many_pings", "sends GOAWAY(ENHANCE_YOUR_CALM), and closes",
                "status 14 | status 8", "gRFC A8",
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().goaway(c.stream, error::enhance_your_calm, "too_many_pings"));
                  s.close();
                }},
    server_case{"goaway_and_close", "sends GOAWAY(INTERNAL_ERROR) in the middle, and closes",
                "status 14 | status 13", rfc_goaway,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).goaway(c.stream, error::internal_error, "crash"));
                  s.close();
                }},
    // ---- the end of the connection
    server_case{"close_without_answer", "closes the connection instead of answering", "status 14",
                grpc_unavailable, [](bad_server& s, const incoming_call&) { s.close(); }},
    server_case{"close_after_headers", "closes the connection behind the headers", "status 14",
                grpc_unavailable,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c));
                  s.close();
                }},
    server_case{"close_in_a_frame", "closes the connection in the middle of a frame", "status 14",
                grpc_unavailable,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).raw(1000, transport::http2::frame_type::data, 0, c.stream,
                                        good_message().substr(0, 9)));
                  s.close();
                }},
};

}  // namespace

std::span<const server_case> server_reset_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
