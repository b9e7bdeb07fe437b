// The text of whole conversations, right and wrong.
#include "tools/grpcwire/explain_frames.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>

#include "tools/grpcwire/explaining_trace.hpp"

namespace grpcwire::tools {
namespace {

using namespace std::string_view_literals;
using testing::HasSubstr;
using transport::frames;
using transport::raw_frames;
namespace flag = transport::http2::flag;
constexpr std::uint8_t last = flag::end_headers | flag::end_stream;

raw_frames request_of_hello() {
  return frames()
      .preface()
      .settings({{2, 0}, {4, 65535}})
      .headers(1, {{":method", "POST"},
                   {":scheme", "http"},
                   {":path", "/helloworld.Greeter/SayHello"},
                   {":authority", "localhost:50051"},
                   {"te", "trailers"},
                   {"content-type", "application/grpc"},
                   {"grpc-timeout", "1S"}})
      .data(1, "\0\0\0\0\x07\x0a\x05world"sv, true)
      .settings_ack();
}

raw_frames response_of_hello() {
  return frames()
      .settings()
      .settings_ack()
      .headers_block_raw(1,
                         "\x88\x5f\x10"
                         "application/grpc")
      .data(1, "\0\0\0\0\x0d\x0a\x0bHello"sv)
      .data(1, " world")
      .window_update(0, 12)
      .headers(1, {{"grpc-status", "0"}}, last);
}

constexpr std::string_view hello_in_words =
    R"(client → server  PREFACE  24 bytes
    PRI * HTTP/2.0: the client says that it speaks HTTP/2
client → server  SETTINGS  stream 0  length 12  no flags
    ENABLE_PUSH              0  the server must not push
    INITIAL_WINDOW_SIZE  65535  the server may send 65535 bytes on a new stream before the client makes room
client → server  HEADERS  stream 1  length 153  flags END_HEADERS
    request headers: a new call
    :method       POST                          every gRPC call is a POST  (literal, 14 bytes)
    :scheme       http                          without TLS  (literal, 14 bytes)
    :path         /helloworld.Greeter/SayHello  which method: SayHello of helloworld.Greeter  (literal, 36 bytes)
    :authority    localhost:50051               which server, by name  (literal, 28 bytes)
    te            trailers                      the client understands trailers  (literal, 13 bytes)
    content-type  application/grpc              gRPC with protobuf messages  (literal, 31 bytes)
    grpc-timeout  1S                            the server has 1 second  (literal, 17 bytes)
client → server  DATA  stream 1  length 12  flags END_STREAM
    00 00 00 00 07: not compressed, 7 bytes of message
    0a 05 77 6f 72 6c 64  |..world|  the message
    END_STREAM: the client has sent all of its request
client → server  SETTINGS  stream 0  length 0  flags ACK
    the client has taken over the settings of the server
server → client  SETTINGS  stream 0  length 0  no flags
    the server keeps to what HTTP/2 starts with
server → client  SETTINGS  stream 0  length 0  flags ACK
    the server has taken over the settings of the client
server → client  HEADERS  stream 1  length 19  flags END_HEADERS
    response headers
    :status       200               HTTP is fine; how the call ends comes as grpc-status  (static table 8, 1 byte)
    content-type  application/grpc  gRPC with protobuf messages  (literal, name from static table 31, added to the table, 18 bytes)
server → client  DATA  stream 1  length 12  no flags
    00 00 00 00 0d: not compressed, 13 bytes of message
    0a 0b 48 65 6c 6c 6f  |..Hello|  the first 7 bytes of the message; 6 follow in later frames
server → client  DATA  stream 1  length 6  no flags
    20 77 6f 72 6c 64  | world|  the last 6 bytes of the message
server → client  WINDOW_UPDATE  stream 0  length 4  no flags
    the client may send 12 bytes more on the whole connection
server → client  HEADERS  stream 1  length 15  flags END_STREAM|END_HEADERS
    trailers: how the call ended
    grpc-status  0  OK  (literal, 15 bytes)
    END_STREAM: the call is over
)";

std::string from_server(const raw_frames& bytes) {
  frame_explainer explainer;
  return explainer.from_server(bytes) + explainer.finish();
}

// What the explainer says about frames of a client whose preface and first call are behind it.
std::string after_a_request(const raw_frames& bytes) {
  frame_explainer explainer;
  explainer.from_client(
      frames().preface().headers(1, {{":path", "/a/b"}, {"content-type", "application/grpc"}}));
  return explainer.from_client(bytes);
}

TEST(frame_explainer, tells_a_whole_hello) {
  frame_explainer explainer;
  const std::string text =
      explainer.from_client(request_of_hello()) + explainer.from_server(response_of_hello());
  EXPECT_EQ(text, hello_in_words);
  EXPECT_EQ(explainer.finish(), "");
  EXPECT_EQ(explainer.problems(), 0U);
}

TEST(frame_explainer, tells_the_same_at_every_split_point) {
  const auto request = request_of_hello().bytes();
  const auto response = response_of_hello().bytes();
  const codec::const_bytes c = request;
  const codec::const_bytes s = response;
  for (std::size_t cut = 0; cut <= std::max(c.size(), s.size()); ++cut) {
    const std::size_t in_c = std::min(cut, c.size());
    const std::size_t in_s = std::min(cut, s.size());
    frame_explainer explainer;
    std::string text = explainer.from_client(c.first(in_c));
    text += explainer.from_client(c.subspan(in_c));
    text += explainer.from_server(s.first(in_s));
    text += explainer.from_server(s.subspan(in_s));
    EXPECT_EQ(text, hello_in_words) << "cut at " << cut;
  }
}

TEST(frame_explainer, explains_every_prefix_of_a_conversation) {
  const auto response = response_of_hello().bytes();
  for (std::size_t size = 0; size <= response.size(); ++size) {
    frame_explainer explainer;
    std::string text = explainer.from_client(request_of_hello());
    text += explainer.from_server(codec::const_bytes(response).first(size));
    EXPECT_EQ(hello_in_words.substr(0, text.size()), text) << size;
    const bool at_a_frame = size == 0 || size == 9 || size == 18 || size == 46 || size == 67 ||
                            size == 82 || size == 95 || size == response.size();
    EXPECT_EQ(explainer.finish().empty(), at_a_frame) << size;
  }
}

TEST(frame_explainer, adds_hex_colour_and_a_label_when_asked) {
  frame_explainer explainer({.hex = true, .colour = true, .label = "#7"});
  EXPECT_EQ(explainer.from_server(frames().settings_ack().data(0, "")),
            "#7  \x1b[33mserver → client\x1b[0m  SETTINGS  stream 0  length 0  flags ACK\n"
            "    the server has taken over the settings of the client\n"
            "    00000000  00 00 00 04 01 00 00 00 00                       .........\n"
            "#7  \x1b[33mserver → client\x1b[0m  DATA  stream 0  length 0  no flags\n"
            "    \x1b[31m! DATA needs a stream and is on stream 0\x1b[0m\n"
            "    00000009  00 00 00 00 00 00 00 00 00                       .........\n");
}

TEST(frame_explainer, explains_the_frames_around_calls) {
  EXPECT_EQ(from_server(frames()
                            .ping("pingpong")
                            .ping("pingpong", true)
                            .goaway(3, 11, "too_many_pings")
                            .goaway(0x7fffffff, 0)
                            .rst_stream(1, 7)
                            .priority(1, {0, true, 16})
                            .raw(0x42, 0x80, 0, "?")),
            R"(server → client  PING  stream 0  length 8  no flags
    70 69 6e 67 70 6f 6e 67: the client must answer with the same bytes
server → client  PING  stream 0  length 8  flags ACK
    70 69 6e 67 70 6f 6e 67: the answer to this PING
server → client  GOAWAY  stream 0  length 22  no flags
    the server takes no new calls on this connection
    last stream 3: later ones were not looked at
    ENHANCE_YOUR_CALM: the peer asks for too much
    debug text: too_many_pings
server → client  GOAWAY  stream 0  length 8  no flags
    the server takes no new calls on this connection
    last stream 2147483647: all calls under way go on; a second GOAWAY follows
    NO_ERROR: nothing went wrong
server → client  RST_STREAM  stream 1  length 4  no flags
    the server ends the stream at once. REFUSED_STREAM: the call was not looked at, so trying again is safe
server → client  PRIORITY  stream 1  length 5  no flags
    depends on stream 0 exclusively, weight 16: a priority, which RFC 9113 has given up
server → client  type 0x42  stream 0  length 1  flags 0x80
    not a frame of RFC 9113; receivers ignore what they do not know
)");
}

TEST(frame_explainer, joins_continuations_before_it_explains_the_fields) {
  EXPECT_EQ(from_server(frames().headers_in_pieces(
                1, {{":status", "200"}, {"content-type", "application/grpc"}}, 20)),
            R"(server → client  HEADERS  stream 1  length 20  no flags
    20 bytes of a header block that goes on in CONTINUATION
server → client  CONTINUATION  stream 1  length 20  no flags
    20 bytes more of the header block
server → client  CONTINUATION  stream 1  length 4  flags END_HEADERS
    response headers
    :status       200               HTTP is fine; how the call ends comes as grpc-status  (literal, 13 bytes)
    content-type  application/grpc  gRPC with protobuf messages  (literal, 31 bytes)
)");
}

TEST(frame_explainer, tells_the_kinds_of_response_headers_apart) {
  const std::string text = from_server(
      frames()
          .headers(1, {{":status", "103"}})
          .headers(1, {{":status", "200"}, {"content-type", "application/grpc"}})
          .headers(1, {{"grpc-status", "5"}}, last)
          .headers(
              3, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "12"}},
              last)
          .headers(5, {{":status", "404"}, {"content-type", "text/html"}})
          .data(5, "<html>\x1b", true));
  EXPECT_THAT(text, HasSubstr("interim response headers: the real ones follow\n"));
  EXPECT_THAT(text, HasSubstr("    response headers\n"));
  EXPECT_THAT(text, HasSubstr("    trailers: how the call ended\n    grpc-status  5  NOT_FOUND"));
  EXPECT_THAT(text, HasSubstr("    trailers-only: the call ended without any message\n"));
  EXPECT_THAT(text, HasSubstr("    response headers, not of gRPC\n    :status       404"));
  EXPECT_THAT(text, HasSubstr("    7 bytes of content that is not gRPC: <html>\\x1b\n"
                              "    END_STREAM: the response is complete\n"));
}

TEST(frame_explainer, tells_the_kinds_of_request_headers_apart) {
  const std::string text = after_a_request(frames()
                                               .headers(1, {{"late", "1"}}, last)
                                               .headers(3, {{":method", "GET"}}, last)
                                               .goaway(0, 0));
  EXPECT_THAT(text, HasSubstr("    request trailers, which gRPC never sends\n"));
  EXPECT_THAT(text,
              HasSubstr("    request headers, not of gRPC\n    :method  GET  gRPC needs POST"));
  EXPECT_THAT(text,
              HasSubstr("    the client makes no more calls on this connection\n    NO_ERROR"));
}

TEST(frame_explainer, keeps_the_messages_of_streams_apart) {
  const std::string text =
      after_a_request(frames()
                          .data(1,
                                "\0\0\0\0\x02"
                                "a"sv)
                          .headers(3, {{":path", "/a/c"}, {"content-type", "application/grpc"}})
                          .data(3, "\0\0\0\0\x03xyz"sv, true)
                          .data_padded(1, "b", 3, true));
  EXPECT_THAT(text, HasSubstr("78 79 7a  |xyz|  the message\n"));
  EXPECT_THAT(text, HasSubstr("    3 bytes of padding, which count as sent\n"
                              "    62  |b|  the last 1 byte of the message\n"));
}

TEST(frame_explainer, marks_what_breaks_the_rules) {
  EXPECT_THAT(after_a_request(frames().data(1,
                                            "\0\0\0\0\x02"
                                            "a"sv,
                                            true)),
              HasSubstr("    ! the stream ends inside a message: 1 byte missing\n"));
  EXPECT_THAT(after_a_request(frames().data(1, "<html>")),
              HasSubstr("    ! 3c 68 74 6d 6c: not a"));
  EXPECT_THAT(after_a_request(frames().window_update(1, 0)),
              HasSubstr("    ! a WINDOW_UPDATE must add at least 1 byte\n"));
  EXPECT_THAT(after_a_request(frames().continuation(1, {})),
              HasSubstr("    ! there is no header block on this stream to continue\n"));
  EXPECT_THAT(after_a_request(frames().headers_block_raw(3, "\x80")),
              HasSubstr("    ! byte 0 of the header block: index 0 does not exist\n"));
  EXPECT_THAT(after_a_request(frames().headers(3, {}, flag::none).ping()),
              HasSubstr("    ! the header block of stream 3 must be finished first\n"));
  EXPECT_THAT(after_a_request(frames().headers(1, {{"a", "b"}})),
              HasSubstr("    ! trailers must carry END_STREAM\n"));
  EXPECT_THAT(
      from_server(frames()
                      .headers(1, {{":status", "200"}, {"content-type", "application/grpc"}})
                      .data(1, "", true)),
      HasSubstr("    ! END_STREAM without trailers: the client never learns how the call"));
}

TEST(frame_explainer, says_when_header_blocks_cannot_be_decoded_any_more) {
  const std::string text =
      after_a_request(frames().headers(3, {{"a", "b"}}, flag::none).headers(5, {{"c", "d"}}));
  EXPECT_THAT(text, HasSubstr("    ! the unfinished header block is lost\n"));
  EXPECT_THAT(text, HasSubstr("an earlier block was lost, so this one cannot be decoded\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("metadata")));
}

TEST(frame_explainer, bounds_a_header_block) {
  frame_explainer explainer;
  raw_frames bytes;
  bytes.headers_block_raw(1, std::string(600'000, 'x'), flag::none)
      .continuation_block_raw(1, std::string(600'000, 'x'), flag::none);
  EXPECT_THAT(explainer.from_server(bytes),
              HasSubstr("    ! the header block is too long to be followed\n"));
}

TEST(frame_explainer, shows_frames_of_streams_that_are_over_without_meaning) {
  frame_explainer explainer;
  explainer.from_client(request_of_hello());
  explainer.from_server(response_of_hello());
  EXPECT_THAT(explainer.from_client(frames().data(1, "late")),
              HasSubstr("    4 bytes of a stream whose start was not seen, or that is over\n"));
  EXPECT_THAT(explainer.from_server(frames().headers(1, {{"grpc-status", "0"}}, last)),
              HasSubstr("    headers of a stream that is over"));
}

TEST(frame_explainer, says_that_it_cannot_read_other_protocols) {
  frame_explainer explainer;
  EXPECT_EQ(explainer.from_client(codec::as_bytes("GET / HTTP/1.1\r\n")),
            "client → server  at byte 0\n"
            "    ! this is not the client preface of HTTP/2; it looks like an HTTP/1 request\n");
  EXPECT_EQ(explainer.from_client(codec::as_bytes("more")), "");
  EXPECT_EQ(explainer.from_server(codec::as_bytes("HTTP/1.1 400\r\n")),
            "server → client  at byte 0\n"
            "    ! this is not HTTP/2; it looks like an HTTP/1 response\n");
  EXPECT_EQ(explainer.finish(), "");
  EXPECT_EQ(explainer.problems(), 2U);
}

TEST(frame_explainer, says_what_is_missing_at_the_end) {
  frame_explainer explainer;
  explainer.from_server(frames().settings().headers(1, {{"a", "b"}}, flag::none).garbage("\0\0"sv));
  EXPECT_EQ(explainer.finish(),
            "server → client  at byte 23\n"
            "    ! the bytes end inside a frame or preface, after 2 bytes of it\n"
            "server → client  at the end\n"
            "    ! the header block of stream 1 has no end\n");
}

TEST(explaining_trace, shows_what_a_session_sends_and_receives) {
  std::ostringstream as_client;
  explaining_trace client(side::client, as_client);
  client.on_bytes(transport::direction::sent, request_of_hello());
  client.on_bytes(transport::direction::received, response_of_hello());
  client.finish();
  EXPECT_EQ(as_client.str(), hello_in_words);

  std::ostringstream as_server;
  explaining_trace server(side::server, as_server);
  server.on_bytes(transport::direction::received, request_of_hello());
  server.on_bytes(transport::direction::sent, response_of_hello());
  EXPECT_EQ(as_server.str(), hello_in_words);
}

}  // namespace
}  // namespace grpcwire::tools
