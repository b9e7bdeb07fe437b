// Responses whose messages lie.
#include <array>
#include <string>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

using transport::frames;

constexpr std::string_view grpc_message = "gRPC PROTOCOL-HTTP2, Length-Prefixed-Message";
constexpr std::string_view grpc_compression = "gRPC compression.md";
constexpr std::string_view grpc_limit = "gRPC statuscodes.md, RESOURCE_EXHAUSTED";
constexpr std::string_view grpc_cardinality = "gRPC statuscodes.md, cardinality violations";

void answer_with(bad_server& s, const incoming_call& c, std::string_view body) {
  s.send(whole_answer(c, response_head(), body, ok_trailers()));
}

void answer_compressed(bad_server& s, const incoming_call& c, std::string_view encoding,
                       std::string_view payload) {
  s.send(head_of(c, plus(response_head(), "grpc-encoding", encoding)));
  s.send_data(c.stream, message(payload, 1));
  s.send(frames().headers(c.stream, ok_trailers(), whole));
}

constexpr std::array cases{
    server_case{"flag_2", "sends a message with the flag byte 2", "status 13", grpc_message,
                [](bad_server& s, const incoming_call& c) { answer_with(s, c, message("", 2)); }},
    server_case{
        "flag_255", "sends a message with the flag byte 255", "status 13", grpc_message,
        [](bad_server& s, const incoming_call& c) { answer_with(s, c, message("", '\xff')); }},
    server_case{"compressed_without_encoding", "sends a compressed message, and no grpc-encoding",
                "status 13", grpc_compression,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, message(gzipped(simple_response(response_size)), 1));
                }},
    server_case{"compressed_with_identity", "sends a compressed message, grpc-encoding: identity",
                "status 13", grpc_compression,
                [](bad_server& s, const incoming_call& c) {
                  answer_compressed(s, c, "identity", gzipped(simple_response(response_size)));
                }},
    server_case{"compressed_with_unknown_encoding",
                "sends a compressed message of grpc-encoding: foo", "status 13", grpc_compression,
                [](bad_server& s, const incoming_call& c) { answer_compressed(s, c, "foo", "x"); }},
    server_case{"unknown_encoding_not_used", "says grpc-encoding: foo, and compresses nothing",
                "status 0 | status 13", grpc_compression,
                [](bad_server& s, const incoming_call& c) {
                  s.send(whole_answer(c, plus(response_head(), "grpc-encoding", "foo"),
                                      good_message(), ok_trailers()));
                }},
    server_case{
        "gzip_garbage", "sends garbage as gzip", "status 13", grpc_compression,
        [](bad_server& s, const incoming_call& c) { answer_compressed(s, c, "gzip", "garbage"); }},
    server_case{"gzip_cut", "sends the first half of a gzip stream", "status 13", grpc_compression,
                [](bad_server& s, const incoming_call& c) {
                  const std::string all = gzipped(simple_response(10'000));
                  answer_compressed(s, c, "gzip", std::string_view(all).substr(0, all.size() / 2));
                }},
    server_case{"gzip_bomb", "sends 60 KiB of gzip that unfold to 60 MiB", "status 8", grpc_limit,
                [](bad_server& s, const incoming_call& c) {
                  answer_compressed(s, c, "gzip", gzipped(simple_response(60U << 20)));
                }},
    server_case{"huge_prefix", "announces a message of 4 GiB - 1", "status 8", grpc_limit,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).data(c.stream, message("abc", 0, 0xffff'ffff)));
                }},
    server_case{"two_messages", "sends two messages to a unary call", "status 12 | status 13",
                grpc_cardinality,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, good_message() + good_message());
                }},
    server_case{"message_cut", "ends with OK in the middle of a message", "status 13", grpc_message,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, good_message().substr(0, 50));
                }},
    server_case{"prefix_cut", "ends with OK in the middle of a prefix", "status 13", grpc_message,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, good_message().substr(0, 3));
                }},
    server_case{"message_and_a_half", "ends with OK in the middle of a second message",
                "status 12 | status 13", grpc_message,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, good_message() + good_message().substr(0, 50));
                }},
    server_case{"longer_than_announced", "sends more bytes than the prefix says",
                "status 12 | status 13", grpc_message,
                [](bad_server& s, const incoming_call& c) {
                  answer_with(s, c, good_message() + '\xff' + std::string(49, '\0'));
                }},
    server_case{
        "no_protobuf", "sends bytes that are no protobuf", "status 13",
        "gRPC statuscodes.md, INTERNAL",
        [](bad_server& s, const incoming_call& c) { answer_with(s, c, message("\xff\xff\xff")); }},
    server_case{"byte_by_byte", "sends the response in DATA frames of one byte", "status 0",
                grpc_message,
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c));
                  s.send_data(c.stream, good_message(), {.payload = 1});
                  s.send(frames().headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"padding", "pads HEADERS and DATA", "status 0", "RFC 9113 §6.1, §6.2",
                [](bad_server& s, const incoming_call& c) {
                  s.send(frames().headers_padded(
                      c.stream, {{":status", "200"}, {"content-type", "application/grpc"}}, 32));
                  s.send_data(c.stream, good_message(), {.padding = 255});
                  s.send(frames().headers_padded(c.stream, {{"grpc-status", "0"}}, 255, whole));
                }},
    server_case{"ten_empty_data_frames", "sends ten empty DATA frames before the message",
                "status 0", "RFC 9113 §6.1",
                [](bad_server& s, const incoming_call& c) {
                  auto out = head_of(c);
                  for (int n = 0; n < 10; ++n) out.data(c.stream, "");
                  s.send(
                      out.data(c.stream, good_message()).headers(c.stream, ok_trailers(), whole));
                }},
    server_case{"empty_end_of_data", "ends the stream with empty DATA, without trailers",
                "status 2 | status 13", "gRPC PROTOCOL-HTTP2, Responses",
                [](bad_server& s, const incoming_call& c) {
                  s.send(head_of(c).data(c.stream, good_message()).data(c.stream, "", true));
                }},
};

}  // namespace

std::span<const server_case> server_message_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
