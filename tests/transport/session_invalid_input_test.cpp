// Input that breaks HTTP/2: which answer it gets, and that it ends no more than it must.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"
#include "tests/support/random_source.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::end_flags;
using tests::request_fields;
namespace flag = http2::flag;

std::vector<codec::header_view> request_and(codec::header_view field) {
  auto fields = request_fields();
  fields.push_back(field);
  return fields;
}

std::vector<codec::header_view> request_without(std::string_view name) {
  auto fields = request_fields();
  std::erase_if(fields, [&](const auto& f) { return f.name == name; });
  return fields;
}

struct bad_input {
  std::string_view what;
  raw_frames input;         // behind the handshake and a call on stream 1
  std::string_view answer;  // the last frame sent; empty: nothing
};

TEST(session_invalid_input, is_answered_on_the_stream_where_one_stream_is_wrong) {
  const bad_input cases[] = {
      {"DATA beyond the stream's window", frames().data(1, std::string(1001, 'x')),
       "RST_STREAM 1 FLOW_CONTROL_ERROR"},
      {"WINDOW_UPDATE overflow", frames().window_update(1, 0x7fff'ffff),
       "RST_STREAM 1 FLOW_CONTROL_ERROR"},
      {"connection field", frames().headers(3, request_and({"connection", "close"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"transfer-encoding", frames().headers(3, request_and({"transfer-encoding", "chunked"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"te: gzip", frames().headers(3, request_and({"te", "gzip"})), "RST_STREAM 3 PROTOCOL_ERROR"},
      {"upper-case name", frames().headers(3, request_and({"Upper", "x"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"name with a space", frames().headers(3, request_and({"a b", "x"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"value with a line feed", frames().headers(3, request_and({"a", "x\ny: z"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"value with a carriage return", frames().headers(3, request_and({"a", "x\r"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"value with a zero byte", frames().headers(3, request_and({"a", {"x\0y", 3}})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"no :path", frames().headers(3, request_without(":path")), "RST_STREAM 3 PROTOCOL_ERROR"},
      {"no :authority and no host", frames().headers(3, request_without(":authority")),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"pseudo field behind others", frames().headers(3, request_and({":path", "/x"})),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"body longer than content-length",
       frames().headers(3, request_and({"content-length", "1"})).data(3, "xx"),
       "RST_STREAM 3 PROTOCOL_ERROR"},
      {"trailers without END_STREAM", frames().headers(1, {{"a", "b"}}),
       "RST_STREAM 1 PROTOCOL_ERROR"},
  };
  for (const bad_input& c : cases) {
    SCOPED_TRACE(c.what);
    tests::play(role::server, {.stream_window = 1000}, [&](dialogue& d) {
      d.handshake().receive(frames().headers(1, request_fields())).skip_sent();
      d.receive(c.input).expect_sent(c.answer).expect_nothing_sent();
      d.skip_events()
          .receive(frames().headers(5, request_fields(), end_flags))
          .expect_event("headers_received 5 end");
    });
  }
}

TEST(session_invalid_input, ends_the_connection_where_both_sides_have_lost_step) {
  const bad_input cases[] = {
      {"DATA on stream 0", frames().data(0, "x"), "GOAWAY 1 PROTOCOL_ERROR"},
      {"DATA on an idle stream", frames().data(3, "x"), "GOAWAY 1 PROTOCOL_ERROR"},
      {"even stream id", frames().headers(2, request_fields()), "GOAWAY 1 PROTOCOL_ERROR"},
      {"HEADERS on stream 0", frames().headers(0U, request_fields()), "GOAWAY 1 PROTOCOL_ERROR"},
      {"RST_STREAM on an idle stream", frames().rst_stream(5, 8), "GOAWAY 1 PROTOCOL_ERROR"},
      {"SETTINGS on a stream", frames().raw(4, 0, 1, ""), "GOAWAY 1 PROTOCOL_ERROR"},
      {"SETTINGS of five bytes", frames().raw(4, 0, 0, "12345"), "GOAWAY 1 FRAME_SIZE_ERROR"},
      {"SETTINGS ACK with payload", frames().raw(4, 1, 0, "123456"), "GOAWAY 1 FRAME_SIZE_ERROR"},
      {"too large INITIAL_WINDOW_SIZE", frames().settings({{4, 0x8000'0000}}),
       "GOAWAY 1 FLOW_CONTROL_ERROR"},
      {"too small MAX_FRAME_SIZE", frames().settings({{5, 100}}), "GOAWAY 1 PROTOCOL_ERROR"},
      {"PING of seven bytes", frames().ping("1234567"), "GOAWAY 1 FRAME_SIZE_ERROR"},
      {"PING on a stream", frames().raw(6, 0, 1, "12345678"), "GOAWAY 1 PROTOCOL_ERROR"},
      {"WINDOW_UPDATE of 0", frames().window_update(0, 0), "GOAWAY 1 PROTOCOL_ERROR"},
      {"WINDOW_UPDATE overflow", frames().window_update(0, 0x7fff'ffff),
       "GOAWAY 1 FLOW_CONTROL_ERROR"},
      {"PUSH_PROMISE of a client", frames().push_promise(1, 2, {}), "GOAWAY 1 PROTOCOL_ERROR"},
      {"frame larger than allowed", frames().raw(16'385, 0, 0, 1, ""), "GOAWAY 1 FRAME_SIZE_ERROR"},
      {"garbage instead of HPACK", frames().headers_block_raw(3, "\xff\xff\xff\xff\xff\xff"),
       "GOAWAY 3 COMPRESSION_ERROR"},
      {"CONTINUATION out of nowhere", frames().continuation(1, {{"a", "b"}}),
       "GOAWAY 1 PROTOCOL_ERROR"},
      {"a frame between HEADERS and CONTINUATION",
       frames().headers(3, request_fields(), flag::none).ping(), "GOAWAY 3 PROTOCOL_ERROR"},
      {"padding longer than the frame", frames().raw(0, flag::padded, 1, "\x09xy"),
       "GOAWAY 1 PROTOCOL_ERROR"},
      {"DATA after END_STREAM", frames().data(1, "x", true).data(1, "y"), "GOAWAY 1 STREAM_CLOSED"},
      {"DATA after RST_STREAM", frames().rst_stream(1, 8).data(1, "y"), "GOAWAY 1 STREAM_CLOSED"},
      {"HEADERS after RST_STREAM", frames().rst_stream(1, 8).headers(1, {{"a", "b"}}, end_flags),
       "GOAWAY 1 STREAM_CLOSED"},
      {"HEADERS on a skipped stream",
       frames().headers(5, request_fields(), end_flags).headers(3, request_fields(), end_flags),
       "GOAWAY 5 PROTOCOL_ERROR"},
  };
  for (const bad_input& c : cases) {
    SCOPED_TRACE(c.what);
    tests::play(role::server, {}, [&](dialogue& d) {
      d.handshake().receive(frames().headers(1, request_fields())).skip_sent();
      d.receive(c.input);
      if (d.cut()) return;
      ASSERT_FALSE(d.sent().empty());
      EXPECT_TRUE(d.sent().back().starts_with(c.answer)) << d.sent().back();
      EXPECT_TRUE(d.session().finished());
      EXPECT_FALSE(d.session().failure_text().empty());
      // Whatever still comes is not looked at.
      d.skip_sent().skip_events().receive(frames().headers(7, request_fields()));
      d.expect_no_event().expect_nothing_sent();
    });
  }
}

TEST(session_invalid_input, is_noticed_behind_a_call_that_is_over) {
  const bad_input cases[] = {
      {"DATA", frames().data(1, "x", true), "GOAWAY 1 STREAM_CLOSED"},
      {"HEADERS", frames().headers(1, request_fields(), end_flags), "GOAWAY 1 STREAM_CLOSED"},
  };
  for (const bad_input& c : cases) {
    SCOPED_TRACE(c.what);
    tests::play(role::server, {}, [&](dialogue& d) {
      d.handshake().receive(frames().headers(1, request_fields(), end_flags));
      if (d.cut()) return;
      d.send_headers(0, tests::response_fields(), true).skip_sent().skip_events();
      EXPECT_EQ(d.session().open_streams(), 0U);
      d.receive(c.input);
      if (d.cut()) return;
      EXPECT_TRUE(d.sent().back().starts_with(c.answer)) << d.sent().back();
    });
  }
}

// What was under way when this side ended the stream is no fault of the client.
TEST(session_invalid_input, is_not_what_crosses_a_reset_of_this_side) {
  tests::play(role::server, {}, [](dialogue& d) {
    d.handshake().receive(frames().headers(1, request_fields()));
    if (d.cut()) return;
    d.reset(0, 8).skip_sent().skip_events();
    d.receive(frames().data(1, "x").headers(1, {{"a", "b"}}, end_flags).rst_stream(1, 8))
        .expect_nothing_sent()
        .expect_no_event()
        .receive(frames().headers(3, request_fields(), end_flags))
        .expect_event("headers_received 3 end");
  });
}

TEST(session_invalid_input, is_passed_over_where_the_protocol_says_so) {
  tests::play(role::server, {}, [](dialogue& d) {
    d.handshake()
        .receive(frames().headers(1, request_fields()).rst_stream(1, 8))
        .skip_events()
        .receive(frames()
                     .raw(0xfe, 0xff, 1, "unknown type")
                     .settings({{0xfe03, 1}, {0x99, 7}})
                     .raw(0x5a, 0, 0, "")
                     .window_update(1, 5)
                     .rst_stream(1, 8)
                     .priority(7, {}))
        .expect_no_event()
        .expect_sent("SETTINGS ACK")
        .expect_nothing_sent()
        .receive(frames().headers(3, request_and({"bad", "control \1"}), end_flags))
        .expect_event(
            "headers_received 3 end :method=POST :scheme=http :path=/a.B/C "
            ":authority=localhost te=trailers content-type=application/grpc")
        .receive(frames().headers(5, request_and({"x", " spaces "}), end_flags))
        .expect_event("headers_received 5 end");
    if (!d.cut()) {
      EXPECT_NE(to_string(d.log().events().back()).find(" x= spaces "), std::string::npos);
    }
  });
}

TEST(session_invalid_input, is_no_preface) {
  const std::string_view greetings[] = {
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "x",
      "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", std::string_view("\0\0\0\4\0\0\0\0\0", 9)};
  for (const std::string_view greeting : greetings) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
      dialogue d(role::server, {}, {.piece = piece});
      d.skip_sent().receive(codec::as_bytes(greeting));
      d.expect_error(transport_errc::not_http2).expect_nothing_sent().expect_no_event();
      EXPECT_TRUE(d.session().finished());
      EXPECT_EQ(d.session().failure_text(), "the first bytes are no HTTP/2 connection preface");
      d.end();
    }
  }
}

TEST(session_invalid_input, must_begin_with_settings) {
  dialogue server(role::server);
  server.skip_sent().receive(frames().preface().ping()).expect_sent("GOAWAY 0 PROTOCOL_ERROR");
  server.end();
  dialogue client(role::client);
  client.skip_sent().receive(frames().ping()).expect_sent("GOAWAY 0 PROTOCOL_ERROR");
  client.end();
}

TEST(session_invalid_input, may_stand_at_any_place) {
  // Three calls, and garbage from one byte on: every stream that was heard of ends once.
  const std::vector<std::uint8_t> good = frames()
                                             .preface()
                                             .settings()
                                             .headers(1, request_fields())
                                             .data(1, "hello", true)
                                             .headers_in_pieces(3, request_fields(), 50)
                                             .data_padded(3, "x", 7)
                                             .headers(5, request_fields(), end_flags)
                                             .rst_stream(3, 8)
                                             .bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    tests::random_source random(at);
    for (const char* kind : {"random", "zeros", "ones", "one bit"}) {
      std::string input(codec::as_text(good).substr(0, at));
      switch (*kind) {
        case 'r':
          input += random.bytes(200);
          break;
        case 'z':
          input += std::string(200, '\0');
          break;
        case 'o':
          if (std::string_view(kind) == "ones") {
            input += std::string(200, '\xff');
          } else {
            input = codec::as_text(good);
            input[at] = static_cast<char>(input[at] ^ (1 << random.below(8)));
          }
      }
      SCOPED_TRACE(std::to_string(at) + " " + kind);
      dialogue d(role::server, {}, {.piece = random.between(1, 64)});
      d.receive(codec::as_bytes(input)).end();
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace grpcwire::transport
