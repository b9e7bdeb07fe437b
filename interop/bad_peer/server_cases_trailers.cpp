// Responses with a wrong end.
#include <array>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

using transport::frames;

constexpr std::string_view grpc_status = "gRPC PROTOCOL-HTTP2, Status";
constexpr std::string_view grpc_responses = "gRPC PROTOCOL-HTTP2, Responses";
constexpr std::string_view grpc_cardinality = "gRPC statuscodes.md, cardinality violations";
constexpr std::string_view rfc_response = "RFC 9113 §8.1";
constexpr std::string_view rfc_states = "RFC 9113 §5.1";
constexpr std::string_view no_status = "status 2 | status 13";

void end_with(bad_server& s, const incoming_call& c, const fields& trailers) {
  s.send(whole_answer(c, response_head(), good_message(), trailers));
}

/// Headers and the end in one.
void trailers_only(bad_server& s, const incoming_call& c, const fields& more) {
  fields list = response_head();
  list.insert(list.end(), more.begin(), more.end());
  s.send(frames().headers(c.stream, list, whole));
}

constexpr std::array cases{
    server_case{"no_trailers", "ends the stream with the message", no_status, grpc_responses,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).data(c.stream, good_message(), true));
                }},
    server_case{"no_grpc_status", "sends trailers without grpc-status", no_status, grpc_status,
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{"x-test", "1"}});
                }},
    server_case{"no_grpc_status_at_all", "sends Trailers-Only without grpc-status", no_status,
                grpc_status,
                [](bad_server& s, const incoming_call& c) { trailers_only(s, c, {}); }},
    server_case{"grpc_status_in_words", "says grpc-status: OK", "status 2", grpc_status,
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{"grpc-status", "OK"}});
                }},
    server_case{"status_negative", "says grpc-status: -1", "status 2", grpc_status,
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{"grpc-status", "-1"}});
                }},
    server_case{"status_17", "says grpc-status: 17", "status 2 | status 17", grpc_status,
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{"grpc-status", "17"}});
                }},
    server_case{"status_of_11_digits", "says grpc-status: 99999999999", "status 2", grpc_status,
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{"grpc-status", "99999999999"}});
                }},
    server_case{"status_empty", "sends an empty grpc-status", "status 2", grpc_status,
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{"grpc-status", ""}});
                }},
    server_case{"status_in_headers_only", "sends grpc-status in the headers, and no trailers",
                no_status, grpc_responses,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c, plus(response_head(), "grpc-status", "0"))
                             .data(c.stream, good_message(), true));
                }},
    server_case{"status_in_headers_too", "sends grpc-status 9 in the headers and 0 in the trailers",
                "status 0", grpc_responses,
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, plus(response_head(), "grpc-status", "9"), good_message(),
                                      ok_trailers()));
                }},
    server_case{"status_after_error_headers",
                "sends Trailers-Only with grpc-status 5 and a message", "status 5", grpc_responses,
                [](bad_server& s, const incoming_call& c) {
                  trailers_only(s, c, {{"grpc-status", "5"}, {"grpc-message", "gone"}});
                }},
    server_case{"trailers_without_end", "sends trailers that do not end the stream", "status 13",
                rfc_response,
                [](bad_server& s, const incoming_call& c) {
                  s.send(
                      head_of(c).data(c.stream, good_message()).headers(c.stream, ok_trailers()));
                }},
    server_case{"pseudo_field_in_trailers", "sends :status in the trailers", "status 13",
                "RFC 9113 §8.1, §8.3",
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, {{":status", "200"}, {"grpc-status", "0"}});
                }},
    server_case{"message_with_broken_percents", "sends grpc-message: %zz%4", "status 5",
                "gRPC PROTOCOL-HTTP2, Status-Message",
                [](bad_server& s, const incoming_call& c) {
                  trailers_only(s, c, {{"grpc-status", "5"}, {"grpc-message", "%zz%4"}});
                }},
    server_case{"details_not_base64", "sends grpc-status-details-bin: !!!", "status 5 | status 13",
                "gRPC PROTOCOL-HTTP2, Binary-Header",
                [](bad_server& s, const incoming_call& c) {
                  trailers_only(s, c, {{"grpc-status", "5"}, {"grpc-status-details-bin", "!!!"}});
                }},
    server_case{"bad_base64_in_trailers", "sends x-test-bin: !!! in the trailers", "status 13",
                "gRPC PROTOCOL-HTTP2, Binary-Header",
                [](bad_server& s, const incoming_call& c) {
                  end_with(s, c, plus(ok_trailers(), "x-test-bin", "!!!"));
                }},
    server_case{"ok_without_headers", "sends Trailers-Only with OK to a unary call",
                "status 12 | status 13", grpc_cardinality,
                [](bad_server& s, const incoming_call& c) { trailers_only(s, c, ok_trailers()); }},
    server_case{"ok_without_message", "sends headers and OK without a message",
                "status 12 | status 13", grpc_cardinality,
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, response_head(), "", ok_trailers()));
                }},
    server_case{"empty_data_instead_of_message", "sends empty DATA and OK", "status 12 | status 13",
                grpc_cardinality,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).data(c.stream, "").headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"headers_after_end", "sends HEADERS behind the trailers",
                "status 0 | status 0, goaway STREAM_CLOSED | status 0, goaway PROTOCOL_ERROR",
                rfc_states,
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, response_head(), good_message(), ok_trailers())
                             .headers(c.stream, {{"grpc-status", "9"}}, whole));
                }},
    server_case{"data_after_end", "sends DATA behind the trailers",
                "status 0 | status 0, goaway STREAM_CLOSED | status 0, goaway PROTOCOL_ERROR",
                rfc_states,
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, response_head(), good_message(), ok_trailers())
                             .data(c.stream, good_message(), true));
                }},
    server_case{
        "message_after_error", "sends Trailers-Only, then a message and OK",
        "status 5 | status 5, goaway STREAM_CLOSED | status 5, goaway PROTOCOL_ERROR", rfc_states,
        [](bad_server& s, const incoming_call& c) {
          trailers_only(s, c, {{"grpc-status", "5"}});
          s.send(frames().data(c.stream, good_message()).headers(c.stream, ok_trailers(), whole));
        }},
    server_case{"content_length_too_small", "says content-length: 3 of a longer message",
                "status 13", "RFC 9113 §8.1.1",
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, plus(response_head(), "content-length", "3"),
                                      good_message(), ok_trailers()));
                }},
    server_case{"content_length_too_large", "says content-length: 9999 of a shorter message",
                "status 13", "RFC 9113 §8.1.1",
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, plus(response_head(), "content-length", "9999"),
                                      good_message(), ok_trailers()));
                }},
};

}  // namespace

std::span<const server_case> server_trailer_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
