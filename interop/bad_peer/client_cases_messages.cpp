// Requests whose messages lie: prefixes, compression, numbers of messages.
#include <array>
#include <string>

#include "client_case.hpp"

namespace grpcwire::bad_peer {
namespace {

constexpr std::string_view grpc_message = "gRPC PROTOCOL-HTTP2, Length-Prefixed-Message";
constexpr std::string_view grpc_compression = "gRPC compression.md";
constexpr std::string_view grpc_limit = "gRPC statuscodes.md, RESOURCE_EXHAUSTED";
constexpr std::string_view grpc_cardinality = "gRPC statuscodes.md, cardinality violations";
constexpr std::string_view grpc_internal = "gRPC statuscodes.md, INTERNAL";

void ask(bad_client& c, std::string_view body) {
  c.send(request(1, call_to(empty_call), body));
}

void ask_compressed(bad_client& c, std::string_view encoding, std::string_view payload) {
  c.send(request(1, plus(call_to(empty_call), "grpc-encoding", encoding), message(payload, 1)));
}

constexpr std::array cases{
    client_case{"flag_2", "sends a message with the flag byte 2", "status 13", grpc_message,
                [](bad_client& c) { ask(c, message("", 2)); }},
    client_case{"flag_255", "sends a message with the flag byte 255", "status 13", grpc_message,
                [](bad_client& c) { ask(c, message("", '\xff')); }},
    client_case{"compressed_without_encoding", "sends a compressed message, and no grpc-encoding",
                "status 13", grpc_compression,
                [](bad_client& c) { ask(c, message(gzipped(""), 1)); }},
    client_case{"compressed_with_identity", "sends a compressed message, grpc-encoding: identity",
                "status 13", grpc_compression,
                [](bad_client& c) { ask_compressed(c, "identity", gzipped("")); }},
    client_case{"compressed_with_unknown_encoding",
                "sends a compressed message of grpc-encoding: foo", "status 12", grpc_compression,
                [](bad_client& c) { ask_compressed(c, "foo", "x"); }},
    client_case{"unknown_encoding_not_used", "says grpc-encoding: foo, and compresses nothing",
                "status 0 | status 12", grpc_compression,
                [](bad_client& c) {
                  c.send(request(1, plus(call_to(empty_call), "grpc-encoding", "foo")));
                }},
    client_case{"gzip_garbage", "sends garbage as gzip", "status 13", grpc_compression,
                [](bad_client& c) { ask_compressed(c, "gzip", "garbage"); }},
    client_case{"gzip_cut", "sends the first half of a gzip stream", "status 13", grpc_compression,
                [](bad_client& c) {
                  const std::string all = gzipped(std::string(1000, 'x'));
                  ask_compressed(c, "gzip", std::string_view(all).substr(0, all.size() / 2));
                }},
    client_case{"gzip_bomb", "sends 60 KiB of gzip that unfold to 60 MiB", "status 8", grpc_limit,
                [](bad_client& c) {
                  const std::string body = message(gzipped(std::string(60U << 20, '\0')), 1);
                  auto out = transport::frames().headers(
                      1, plus(call_to(empty_call), "grpc-encoding", "gzip"));
                  constexpr std::size_t piece = 16'384;  // all pieces fit into 65,535 bytes
                  for (std::size_t at = 0; at < body.size(); at += piece) {
                    out.data(1, std::string_view(body).substr(at, piece),
                             at + piece >= body.size());
                  }
                  c.send(out);
                }},
    client_case{"huge_prefix", "announces a message of 4 GiB - 1", "status 8", grpc_limit,
                [](bad_client& c) {
                  c.send(transport::frames()
                             .headers(1, call_to(empty_call))
                             .data(1, message("abc", 0, 0xffff'ffff)));
                }},
    client_case{"above_the_limit", "announces a message of 4 MiB + 1, and sends nothing of it",
                "status 8", grpc_limit,
                [](bad_client& c) {
                  c.send(transport::frames()
                             .headers(1, call_to(empty_call))
                             .data(1, message("", 0, (4U << 20) + 1)));
                }},
    client_case{
        "headers_only", "ends a unary request with its headers", "status 12 | status 13",
        grpc_cardinality,
        [](bad_client& c) { c.send(transport::frames().headers(1, call_to(empty_call), whole)); }},
    client_case{"no_message", "ends a unary request without a message", "status 12 | status 13",
                grpc_cardinality, [](bad_client& c) { ask(c, ""); }},
    client_case{"two_messages", "sends two messages in a unary request", "status 12 | status 13",
                grpc_cardinality, [](bad_client& c) { ask(c, message() + message()); }},
    client_case{"message_cut", "ends the stream in the middle of a message", "status 13",
                grpc_message, [](bad_client& c) { ask(c, message("abc", 0, 10)); }},
    client_case{"prefix_cut", "ends the stream in the middle of a prefix", "status 13",
                grpc_message, [](bad_client& c) { ask(c, message().substr(0, 3)); }},
    client_case{"longer_than_announced", "sends more bytes than the prefix says",
                "status 12 | status 13", grpc_message,
                [](bad_client& c) { ask(c, message("", 0, 0) + '\xff' + std::string(5, '\0')); }},
    client_case{"no_protobuf", "sends bytes that are no protobuf", "status 13", grpc_internal,
                [](bad_client& c) { ask(c, message("\xff\xff\xff")); }},
    client_case{"byte_by_byte", "sends the request in DATA frames of one byte", "status 0",
                grpc_message,
                [](bad_client& c) {
                  auto out = transport::frames().headers(1, call_to(empty_call));
                  const std::string body = message(
                      "\x12\x04"
                      "abcd");
                  for (std::size_t at = 0; at < body.size(); ++at) {
                    out.data(1, std::string_view(body).substr(at, 1), at + 1 == body.size());
                  }
                  c.send(out);
                }},
    client_case{"padding", "pads HEADERS and DATA", "status 0", "RFC 9113 §6.1, §6.2",
                [](bad_client& c) {
                  const std::string block = transport::literal_header_block(call_to(empty_call));
                  const std::string padded = '\x20' + block + std::string(0x20, '\0');
                  c.send(transport::frames()
                             .headers_block_raw(1, padded,
                                                transport::http2::flag::end_headers |
                                                    transport::http2::flag::padded)
                             .data_padded(1, message(), 255, true));
                }},
    client_case{"ten_empty_data_frames", "sends ten empty DATA frames before the message",
                "status 0", "RFC 9113 §6.1",
                [](bad_client& c) {
                  auto out = transport::frames().headers(1, call_to(empty_call));
                  for (int n = 0; n < 10; ++n) out.data(1, "");
                  c.send(out.data(1, message(), true));
                }},
    client_case{"data_after_end_stream", "sends DATA behind the end of the request",
                "status 0 | reset STREAM_CLOSED | goaway STREAM_CLOSED", "RFC 9113 §5.1",
                [](bad_client& c) { c.send(good_request(1).data(1, message(), true)); }},
};

}  // namespace

std::span<const client_case> client_message_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
