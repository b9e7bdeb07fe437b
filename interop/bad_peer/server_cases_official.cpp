// The servers of gRPC's eight negative HTTP/2 tests, from the descriptions of the official ones.
// Their client makes large calls to UnaryCall (271,828 bytes there, 314,159 back) and knows itself
// what it has to see; what it must not do is noticed here.
#include <array>
#include <string>

#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace error = transport::http2::error;
using transport::frames;

constexpr std::string_view source = "gRPC negative-http2-test-descriptions.md";
constexpr std::size_t large_request = 271'828;
constexpr std::size_t large_response = 314'159;

fields official_head() {
  return {{":status", "200"},
          {"content-type", "application/grpc"},
          {"grpc-encoding", "identity"},
          {"grpc-accept-encoding", "identity,deflate,gzip"}};
}

std::string large_message() {
  return message(simple_response(large_response));
}

void check(bad_server& s, const incoming_call& c) {
  if (c.size < large_request) {
    s.record().complain("a request of only " + std::to_string(c.size) + " bytes came");
  }
}

void begin(bad_server& s, const incoming_call& c) {
  check(s, c);
  s.send(head_of(c, official_head()));
}

void end(bad_server& s, const incoming_call& c) {
  s.send(frames().headers(c.stream, ok_trailers(), whole));
}

void answer_large(bad_server& s, const incoming_call& c, data_cut cut = {}) {
  begin(s, c);
  s.send_data(c.stream, large_message(), cut);
  end(s, c);
}

void goaway(bad_server& s, const incoming_call& c) {
  if (s.calls > 1) s.record().complain("a call came on a connection after its GOAWAY");
  answer_large(s, c);
  if (s.calls == 1 && s.record().call_began() == 1) {
    s.send(frames().goaway(c.stream, error::no_error));
  }
}

void rst_after_header(bad_server& s, const incoming_call& c) {
  begin(s, c);
  s.send(frames().rst_stream(c.stream, error::no_error));
}

void rst_during_data(bad_server& s, const incoming_call& c) {
  begin(s, c);
  const std::string body = large_message();
  s.send_data(c.stream, std::string_view(body).substr(0, body.size() / 2));
  s.send(frames().rst_stream(c.stream, error::no_error));
}

void rst_after_data(bad_server& s, const incoming_call& c) {
  begin(s, c);
  s.send_data(c.stream, large_message());
  s.send(frames().rst_stream(c.stream, error::no_error));
}

void ping(bad_server& s, const incoming_call& c) {
  s.ping();
  begin(s, c);
  s.ping();
  s.ping();
  s.send_data(c.stream, large_message());
  s.ping();
  end(s, c);
}

void one_stream(bad_server& s) {
  s.greet();
  s.send(frames().settings({{transport::http2::setting::max_concurrent_streams, 1}}));
  s.streams_max = 1;
}

constexpr std::array cases{
    server_case{"goaway", "answers a call, then sends GOAWAY", "status 0", source, goaway, nullptr,
                true, 2},
    server_case{"rst_after_header", "sends headers and RST_STREAM(NO_ERROR)", "status 13", source,
                rst_after_header, nullptr, true},
    server_case{"rst_during_data", "sends half of the message and RST_STREAM(NO_ERROR)",
                "status 13", source, rst_during_data, nullptr, true},
    server_case{"rst_after_data", "sends the message and RST_STREAM(NO_ERROR)", "status 13", source,
                rst_after_data, nullptr, true},
    server_case{"ping", "sends PINGs around headers and data", "status 0", source, ping, nullptr,
                true},
    server_case{"max_streams", "allows one stream at a time", "status 0", source,
                [](bad_server& s, const incoming_call& c) { answer_large(s, c); }, one_stream,
                true},
    server_case{"data_frame_padding", "pads every 5 bytes of the message with 255", "status 0",
                source,
                [](bad_server& s, const incoming_call& c) {
                  answer_large(s, c, {.payload = 5, .padding = 255});
                },
                nullptr, true},
    server_case{"no_df_padding_sanity_test", "sends the message in frames of 5 bytes", "status 0",
                source,
                [](bad_server& s, const incoming_call& c) { answer_large(s, c, {.payload = 5}); },
                nullptr, true},
};

}  // namespace

std::span<const server_case> server_official_cases() {
  return cases;
}

}  // namespace grpcwire::bad_peer
