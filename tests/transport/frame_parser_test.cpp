// The parser finds the same frames however the bytes were split, and says where they stop making
// sense.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::transport {
namespace {

using namespace std::string_view_literals;
using codec::const_bytes;

// What a frame was, in text, because views die with the next feed().
std::string describe(const frame& f) {
  return std::to_string(f.offset) + ": " + std::string(http2::frame_type_name(f.type)) + " " +
         http2::flag_names(f.type, f.flags) + " " + std::to_string(f.stream_id) + " " +
         std::to_string(f.length) + " " + std::string(codec::as_text(f.payload)) + "/" +
         std::to_string(f.bytes.size());
}

struct outcome {
  std::vector<std::string> frames;
  bool preface = false;
  std::size_t pending = 0;
  std::uint64_t offset = 0;
  std::string problem;
  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome parse(const std::vector<std::string_view>& pieces, first_byte first) {
  outcome result;
  frame_parser parser(first);
  for (const std::string_view piece : pieces) {
    parser.feed(codec::as_bytes(piece));
    while (const std::optional<frame> f = parser.next()) result.frames.push_back(describe(*f));
  }
  result.preface = parser.preface_seen();
  result.pending = parser.pending();
  result.offset = parser.offset();
  if (parser.problem()) {
    result.problem = std::to_string(parser.problem()->offset) + ": " + parser.problem()->text;
  }
  return result;
}

raw_frames one_of_each_type() {
  return frames()
      .settings({{1, 0}, {3, 100}})
      .headers(1, {{":method", "POST"}}, http2::flag::none)
      .continuation(1, {{"te", "trailers"}})
      .priority(1, {0, false, 16})
      .data_padded(1, "hello", 3)
      .window_update(1, 5)
      .push_promise(1, 2, {{"a", "b"}})
      .ping()
      .rst_stream(1, 8)
      .raw(0x42, 0x81, 0x80000003, "new type")
      .goaway(1, 0, "bye")
      .data(5, "", true);
}

TEST(frame_parser, finds_every_type_of_frame_at_its_offset) {
  const outcome all = parse({one_of_each_type().text()}, first_byte::of_a_frame);
  ASSERT_EQ(all.frames.size(), 12U);
  EXPECT_EQ(all.frames[4], "80: DATA PADDED 1 9 \x03hello\0\0\0/18"sv);
  EXPECT_EQ(all.frames[9], "159: UNKNOWN 0x81 3 8 new type/17");
  EXPECT_EQ(all.frames[11], "196: DATA END_STREAM 5 0 /9");
  EXPECT_EQ(all.offset, one_of_each_type().size());
  EXPECT_EQ(all.pending, 0U);
  EXPECT_EQ(all.problem, "");
}

TEST(frame_parser, keeps_the_reserved_bit_apart_from_the_stream_id) {
  frame_parser parser;
  const raw_frames bytes = frames().data(0xffffffff, "").data(0x7fffffff, "");
  parser.feed(bytes);
  const auto first = parser.next();
  const auto second = parser.next();
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(first->reserved_bit);
  EXPECT_FALSE(second->reserved_bit);
  EXPECT_EQ(first->stream_id, 0x7fffffffU);
  EXPECT_EQ(second->stream_id, 0x7fffffffU);
}

TEST(frame_parser, finds_the_same_frames_at_every_split_point) {
  const std::string bytes = frames().preface().text() + one_of_each_type().text();
  const outcome whole = parse({bytes}, first_byte::of_a_client);
  ASSERT_EQ(whole.frames.size(), 12U);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::string_view text = bytes;
    EXPECT_EQ(parse({text.substr(0, cut), text.substr(cut)}, first_byte::of_a_client), whole)
        << "cut at " << cut;
  }
}

TEST(frame_parser, finds_the_same_frames_byte_by_byte) {
  const std::string bytes = frames().preface().text() + one_of_each_type().text();
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    pieces.push_back(std::string_view(bytes).substr(i, 1));
    pieces.push_back({});
  }
  EXPECT_EQ(parse(pieces, first_byte::of_a_client), parse({bytes}, first_byte::of_a_client));
}

TEST(frame_parser, reports_what_is_pending_after_every_truncation) {
  const std::string bytes = frames().preface().data(1, "abc").text();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const outcome cut = parse({std::string_view(bytes).substr(0, size)}, first_byte::of_a_client);
    EXPECT_EQ(cut.pending, size < 24 ? size : size - 24) << size;
    EXPECT_EQ(cut.preface, size >= 24) << size;
    EXPECT_TRUE(cut.frames.empty()) << size;
    EXPECT_EQ(cut.problem, "") << size;
  }
}

TEST(frame_parser, hands_out_the_payload_where_it_lies) {
  frame_parser parser;
  const raw_frames bytes = frames().data(1, "abc").data(1, "def");
  parser.feed(bytes);
  const auto first = parser.next();
  const auto second = parser.next();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(codec::as_text(first->payload), "abc");
  EXPECT_EQ(second->bytes.data(), first->payload.data() + 3);
}

TEST(frame_parser, takes_the_largest_frame_there_can_be) {
  const std::string payload(http2::frame_length_max, 'x');
  frame_parser parser;
  parser.feed(frames().data(1, payload));
  const auto f = parser.next();
  ASSERT_TRUE(f);
  EXPECT_EQ(f->length, 16777215U);
  EXPECT_EQ(codec::as_text(f->payload), payload);
}

TEST(frame_parser, refuses_a_frame_above_its_limit_before_the_payload_comes) {
  frame_parser parser(first_byte::of_a_frame, 10);
  parser.feed(frames().data(1, "0123456789").raw(11, 0, 0, 1, ""));
  EXPECT_TRUE(parser.next());
  EXPECT_FALSE(parser.problem());
  EXPECT_FALSE(parser.next());
  ASSERT_TRUE(parser.problem());
  EXPECT_EQ(parser.problem()->offset, 19U);
  EXPECT_EQ(parser.problem()->text,
            "a frame announces 11 bytes, more than the 10 that are allowed");
  parser.feed(frames().data(1, "x"));
  EXPECT_FALSE(parser.next());
  EXPECT_EQ(parser.pending(), 0U);
}

TEST(frame_parser, names_the_first_byte_that_is_no_preface) {
  std::string bytes = frames().preface().data(1, "x").text();
  bytes[16] = 'X';
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::string_view text = bytes;
    const outcome o = parse({text.substr(0, cut), text.substr(cut)}, first_byte::of_a_client);
    EXPECT_EQ(o.problem.substr(0, 4), "16: ") << cut;
    EXPECT_TRUE(o.frames.empty());
    EXPECT_FALSE(o.preface);
  }
}

TEST(frame_parser, recognises_http1_and_tls_clients) {
  const auto problem = [](std::string_view text) {
    return parse({text}, first_byte::of_a_client).problem;
  };
  EXPECT_EQ(problem("GET / HTTP/1.1\r\n"),
            "0: this is not the client preface of HTTP/2; it looks like an HTTP/1 request");
  EXPECT_EQ(problem("POST / HTTP/1.1\r\n"),
            "1: this is not the client preface of HTTP/2; it looks like an HTTP/1 request");
  EXPECT_EQ(problem("\x16\x03\x01"),
            "0: this is not the client preface of HTTP/2; it looks like TLS, which cannot be read "
            "from outside");
  EXPECT_EQ(problem("\x01"), "0: this is not the client preface of HTTP/2");
}

TEST(frame_parser, recognises_http1_and_tls_servers_at_every_split_point) {
  const std::string_view http1 = "HTTP/1.1 400 Bad Request\r\n\r\n";
  const std::string_view tls = "\x15\x03\x03\x00\x02\x02\x28"sv;
  for (const std::string_view text : {http1, tls}) {
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const outcome o = parse({text.substr(0, cut), text.substr(cut)}, first_byte::of_a_server);
      EXPECT_EQ(o.problem, text == http1
                               ? "0: this is not HTTP/2; it looks like an HTTP/1 response"
                               : "0: this is not HTTP/2; it looks like TLS, which cannot be read "
                                 "from outside");
    }
  }
}

TEST(frame_parser, takes_a_server_without_a_preface) {
  const std::string bytes = frames().settings().settings_ack().text();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::string_view text = bytes;
    const outcome o = parse({text.substr(0, cut), text.substr(cut)}, first_byte::of_a_server);
    EXPECT_EQ(o.frames.size(), 2U) << cut;
    EXPECT_FALSE(o.preface);
  }
}

TEST(http2_names, joins_known_flags_and_shows_unknown_bits) {
  EXPECT_EQ(http2::flag_names(http2::frame_type::headers, 0x2d),
            "END_STREAM|END_HEADERS|PADDED|PRIORITY");
  EXPECT_EQ(http2::flag_names(http2::frame_type::settings, 0x01), "ACK");
  EXPECT_EQ(http2::flag_names(http2::frame_type::ping, 0x41), "ACK|0x40");
  EXPECT_EQ(http2::flag_names(http2::frame_type::window_update, 0x01), "0x01");
  EXPECT_EQ(http2::flag_names(http2::frame_type::data, 0), "");
}

TEST(http2_names, knows_the_last_number_of_each_table_and_not_the_next) {
  EXPECT_EQ(http2::frame_type_name(0x9), "CONTINUATION");
  EXPECT_EQ(http2::frame_type_name(0xb), "UNKNOWN");
  EXPECT_EQ(http2::setting_name(0x6), "MAX_HEADER_LIST_SIZE");
  EXPECT_EQ(http2::setting_name(0x7), "UNKNOWN");
  EXPECT_EQ(http2::error_name(0xd), "HTTP_1_1_REQUIRED");
  EXPECT_EQ(http2::error_name(0xe), "UNKNOWN");
  EXPECT_EQ(http2::error_name(0xffffffff), "UNKNOWN");
}

}  // namespace
}  // namespace grpcwire::transport
