// Responses with a wrong head.
#include <array>
#include <string>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

using transport::frames;

constexpr std::string_view http_mapping = "gRPC http-grpc-status-mapping.md";
constexpr std::string_view grpc_responses = "gRPC PROTOCOL-HTTP2, Responses";
constexpr std::string_view grpc_binary = "gRPC PROTOCOL-HTTP2, Binary-Header";
constexpr std::string_view rfc_informational = "RFC 9113 §8.1";
constexpr std::string_view rfc_pseudo = "RFC 9113 §8.3";
constexpr std::string_view rfc_fields = "RFC 9113 §8.2.1";
constexpr std::string_view malformed = "status 13";  // RFC 9113 §8.1.1: a stream error

void answer_with(bad_server& s, const incoming_call& c, const fields& head) {
  s.send(whole_answer(c, head, good_message(), ok_trailers()));
}

/// What a proxy says.
void answer_html(bad_server& s, const incoming_call& c, std::string_view status) {
  s.send(frames()
             .headers(c.stream, {{":status", status}, {"content-type", "text/html"}})
             .data(c.stream, "<html><body>Something is wrong.</body></html>", true));
}

fields first(codec::header_view field, fields list) {
  list.insert(list.begin(), field);
  return list;
}

constexpr std::array cases{
    server_case{"html_200", "answers with HTML and 200", "status 2", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "200"); }},
    server_case{"html_400", "answers with HTML and 400", "status 13", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "400"); }},
    server_case{"html_401", "answers with HTML and 401", "status 16", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "401"); }},
    server_case{"html_403", "answers with HTML and 403", "status 7", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "403"); }},
    server_case{"html_404", "answers with HTML and 404", "status 12", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "404"); }},
    server_case{"html_418", "answers with HTML and 418", "status 2", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "418"); }},
    server_case{"html_429", "answers with HTML and 429", "status 14", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "429"); }},
    server_case{"html_500", "answers with HTML and 500", "status 2", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "500"); }},
    server_case{"html_502", "answers with HTML and 502", "status 14", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "502"); }},
    server_case{"html_503", "answers with HTML and 503", "status 14", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "503"); }},
    server_case{"html_504", "answers with HTML and 504", "status 14", http_mapping,
                [](bad_server& s, const incoming_call& c) { answer_html(s, c, "504"); }},
    server_case{
        "grpc_status_in_503", "sends grpc-status: 5 with HTTP status 503", "status 5", http_mapping,
        [](bad_server& s, const incoming_call& c) {
          s.send(frames().headers(
              c.stream, plus(with(response_head(), ":status", "503"), "grpc-status", "5"), whole));
        }},
    server_case{"no_content_type", "leaves out content-type", "status 2", grpc_responses,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, without(response_head(), "content-type"));
                }},
    server_case{"grpc_web_content_type", "says content-type: application/grpc-web", "status 2",
                grpc_responses,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, with(response_head(), "content-type", "application/grpc-web"));
                }},
    server_case{"early_hints", "sends 103 Early Hints first", "status 0", rfc_informational,
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().headers(c.stream, {{":status", "103"}, {"link", "x"}}));
                  s.answer(c);
                }},
    server_case{"informational_end", "ends the stream with an informational response", malformed,
                rfc_informational,
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().headers(c.stream, {{":status", "103"}}, whole));
                }},
    server_case{"no_status", "leaves out :status", malformed, "RFC 9113 §8.3.2",
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, without(response_head(), ":status"));
                }},
    server_case{"two_statuses", "sends :status twice", malformed, rfc_pseudo,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, first({":status", "200"}, response_head()));
                }},
    server_case{"status_in_words", "says :status: OK", malformed, "RFC 9113 §8.3.2",
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, with(response_head(), ":status", "OK"));
                }},
    server_case{"path_in_response", "sends :path in a response", malformed, rfc_pseudo,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, first({":path", "/"}, response_head()));
                }},
    server_case{"unknown_pseudo_field", "sends a pseudo field :grpc", malformed, rfc_pseudo,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, first({":grpc", "1"}, response_head()));
                }},
    server_case{"late_pseudo_field", "sends :status behind content-type", malformed, rfc_pseudo,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(without(response_head(), ":status"), ":status", "200"));
                }},
    server_case{"upper_case_name", "sends a name with an upper-case letter", malformed, rfc_fields,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(response_head(), "X-Test", "1"));
                }},
    server_case{"connection_field", "sends connection: close", malformed, "RFC 9113 §8.2.2",
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(response_head(), "connection", "close"));
                }},
    server_case{"line_feed_in_a_value", "sends a value with a line feed", malformed, rfc_fields,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(response_head(), "x-test", "a\nb"));
                }},
    server_case{"octets_above_ascii", "sends metadata in UTF-8", "status 0",
                "gRPC PROTOCOL-HTTP2, Custom-Metadata",
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(response_head(), "x-test", "caf\xc3\xa9"));
                }},
    server_case{"bad_base64", "sends x-test-bin: !!! in the headers", "status 13", grpc_binary,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(response_head(), "x-test-bin", "!!!"));
                }},
    server_case{"unknown_grpc_field", "sends grpc-surprise: 1", "status 0",
                "gRPC PROTOCOL-HTTP2, Custom-Metadata",
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, plus(response_head(), "grpc-surprise", "1"));
                }},
    server_case{"header_list_too_large", "sends 20 KB of headers more than the client announced",
                "status 8 | status 13", "RFC 9113 §6.5.2, MAX_HEADER_LIST_SIZE",
                [](bad_server& s, const incoming_call& c) {
                  const std::string value(1'000, 'x');
                  fields head = response_head();
                  for (std::size_t size = 0; size < s.max_header_list_size() + 20'000U;
                       size += value.size()) {
                    head.push_back({"x-test", value});
                  }
                  s.send(frames().headers_in_pieces(c.stream, head, 16'000));
                  s.send(frames().data(c.stream, good_message()));
                  s.send(frames().headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"two_heads", "sends a second head, with :status, instead of trailers", malformed,
                rfc_informational,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).headers(c.stream, response_head()));
                  s.send(frames().data(c.stream, good_message()));
                  s.send(frames().headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"data_before_headers", "sends DATA before HEADERS",
                "status 13 | status 2 | status 14, goaway PROTOCOL_ERROR | "
                "status 13, goaway PROTOCOL_ERROR",
                "RFC 9113 §8.1, §5.4",
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().data(c.stream, good_message()));
                  s.answer(c);
                }},
};

}  // namespace

std::span<const server_case> server_header_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
