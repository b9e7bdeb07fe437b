// Requests with bad timeouts, metadata and sizes of header lists.
#include <array>
#include <string>

#include "client_case.hpp"

namespace grpcwire::bad_peer {
namespace {

constexpr std::string_view grpc_timeout = "gRPC PROTOCOL-HTTP2, Timeout";
constexpr std::string_view grpc_metadata = "gRPC PROTOCOL-HTTP2, Custom-Metadata";
constexpr std::string_view grpc_binary = "gRPC PROTOCOL-HTTP2, Binary-Header";
constexpr std::string_view rfc_fields = "RFC 9113 §8.2.1";
constexpr std::string_view rfc_connection = "RFC 9113 §8.2.2";
constexpr std::string_view rfc_list_size = "RFC 9113 §6.5.2, MAX_HEADER_LIST_SIZE";
// RFC 9113 §8.1.1: a server may answer before it resets the stream.
constexpr std::string_view malformed = "reset PROTOCOL_ERROR | http 400";
constexpr std::string_view bad_timeout = "status 13";

void ask(bad_client& c, std::string_view name, std::string_view value) {
  c.send(request(1, plus(call_to(empty_call), name, value)));
}

/// A value of this size, in CONTINUATION frames of 16,000 bytes.
void ask_with_size(bad_client& c, std::size_t size) {
  const std::string value(size, 'x');
  c.send(transport::frames()
             .headers_in_pieces(1, plus(call_to(empty_call), "x-test", value), 16'000)
             .data(1, message(), true));
}

constexpr std::array cases{
    client_case{"timeout_in_words", "says grpc-timeout: 1 second", bad_timeout, grpc_timeout,
                [](bad_client& c) { ask(c, "grpc-timeout", "1 second"); }},
    client_case{"timeout_negative", "says grpc-timeout: -1S", bad_timeout, grpc_timeout,
                [](bad_client& c) { ask(c, "grpc-timeout", "-1S"); }},
    client_case{"timeout_with_nine_digits", "says grpc-timeout: 123456789S", bad_timeout,
                grpc_timeout, [](bad_client& c) { ask(c, "grpc-timeout", "123456789S"); }},
    client_case{"timeout_of_unknown_unit", "says grpc-timeout: 5X", bad_timeout, grpc_timeout,
                [](bad_client& c) { ask(c, "grpc-timeout", "5X"); }},
    client_case{"timeout_without_digits", "says grpc-timeout: S", bad_timeout, grpc_timeout,
                [](bad_client& c) { ask(c, "grpc-timeout", "S"); }},
    client_case{"timeout_empty", "sends an empty grpc-timeout", bad_timeout, grpc_timeout,
                [](bad_client& c) { ask(c, "grpc-timeout", ""); }},
    client_case{"timeout_zero", "says grpc-timeout: 0S", "status 4 | status 13 | reset CANCEL",
                grpc_timeout, [](bad_client& c) { ask(c, "grpc-timeout", "0S"); }},
    client_case{"timeout_of_11000_years", "says grpc-timeout: 99999999H", "status 0", grpc_timeout,
                [](bad_client& c) { ask(c, "grpc-timeout", "99999999H"); }},
    client_case{"bad_base64", "sends x-test-bin: !!!", "status 13", grpc_binary,
                [](bad_client& c) { ask(c, "x-test-bin", "!!!"); }},
    client_case{"base64_of_one_digit", "sends x-test-bin: A", "status 13", grpc_binary,
                [](bad_client& c) { ask(c, "x-test-bin", "A"); }},
    client_case{"base64_in_a_list", "sends x-test-bin: AAEC,AwQF", "status 0", grpc_binary,
                [](bad_client& c) { ask(c, "x-test-bin", "AAEC,AwQF"); }},
    client_case{"base64_with_padding", "sends x-test-bin: AA==", "status 0", grpc_binary,
                [](bad_client& c) { ask(c, "x-test-bin", "AA=="); }},
    client_case{"octets_above_ascii", "sends metadata in UTF-8", "status 0", grpc_metadata,
                [](bad_client& c) { ask(c, "x-test", "caf\xc3\xa9"); }},
    client_case{"spaces_around_a_value", "sends a value between spaces",
                "status 0 | reset PROTOCOL_ERROR", rfc_fields,
                [](bad_client& c) { ask(c, "x-test", " 1 "); }},
    client_case{"line_feed_in_a_value", "sends a value with a line feed", malformed, rfc_fields,
                [](bad_client& c) { ask(c, "x-test", "a\nb"); }},
    client_case{"nul_in_a_value", "sends a value with a zero byte", malformed, rfc_fields,
                [](bad_client& c) { ask(c, "x-test", std::string_view("a\0b", 3)); }},
    client_case{"upper_case_name", "sends a name with an upper-case letter", malformed, rfc_fields,
                [](bad_client& c) { ask(c, "X-Test", "1"); }},
    client_case{"space_in_a_name", "sends a name with a space", malformed, rfc_fields,
                [](bad_client& c) { ask(c, "x test", "1"); }},
    client_case{"empty_name", "sends a field without a name", "status 0 | reset PROTOCOL_ERROR",
                rfc_fields, [](bad_client& c) { ask(c, "", "1"); }},
    client_case{"connection_field", "sends connection: close", malformed, rfc_connection,
                [](bad_client& c) { ask(c, "connection", "close"); }},
    client_case{"transfer_encoding", "sends transfer-encoding: chunked", malformed, rfc_connection,
                [](bad_client& c) { ask(c, "transfer-encoding", "chunked"); }},
    client_case{"unknown_grpc_field", "sends grpc-surprise: 1", "status 0", grpc_metadata,
                [](bad_client& c) { ask(c, "grpc-surprise", "1"); }},
    client_case{"content_length_too_small", "says content-length: 3, and sends 5 bytes", malformed,
                "RFC 9113 §8.1.1", [](bad_client& c) { ask(c, "content-length", "3"); }},
    client_case{"content_length_too_large", "says content-length: 99, and sends 5 bytes", malformed,
                "RFC 9113 §8.1.1", [](bad_client& c) { ask(c, "content-length", "99"); }},
    client_case{"header_list_of_9_kilobytes", "sends a field of 9,000 bytes", "status 0 | status 8",
                rfc_list_size, [](bad_client& c) { ask_with_size(c, 9'000); }},
    client_case{"header_list_of_20_kilobytes", "sends a field of 20,000 bytes",
                "status 0 | status 8 | http 431", rfc_list_size,
                [](bad_client& c) { ask_with_size(c, 20'000); }},
    client_case{"header_list_of_half_a_megabyte", "sends 10 fields of 50,000 bytes",
                "status 0 | status 8 | http 431 | goaway any | reset any", rfc_list_size,
                [](bad_client& c) {
                  const std::string value(50'000, 'x');
                  fields head = call_to(empty_call);
                  for (int n = 0; n < 10; ++n) head.push_back({"x-test", value});
                  c.send(transport::frames()
                             .headers_in_pieces(1, head, c.max_frame_size)
                             .data(1, message(), true));
                }},
};

}  // namespace

std::span<const client_case> client_field_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
