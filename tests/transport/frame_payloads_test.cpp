// Every payload is read back as it was written, and every malformed one is explained.
#include <initializer_list>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/frame_payloads.hpp>
#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::transport {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;
namespace type = http2::frame_type;
namespace flag = http2::flag;

// Keeps the bytes of one frame alive beside the frame.
struct held {
  explicit held(const raw_frames& bytes) {
    parser.feed(bytes);
    f = parser.next().value();
  }
  frame_parser parser;
  frame f;
};

template <class T>
std::string why(const decoded<T>& result) {
  if (result) return "it is fine";
  return std::string(http2::error_name(result.problem().error_code)) + ": " + result.problem().text;
}

TEST(frame_payloads, strips_padding_from_data) {
  const held padded(frames().data_padded(1, "abc", 7));
  const auto data = decode_data(padded.f);
  ASSERT_TRUE(data);
  EXPECT_EQ(codec::as_text(data->data), "abc");
  EXPECT_EQ(data->pad_length, 7);

  const held plain(frames().data(1, "abc"));
  EXPECT_EQ(codec::as_text(decode_data(plain.f)->data), "abc");
  EXPECT_FALSE(decode_data(plain.f)->pad_length);

  const held only_padding(frames().data_padded(1, "", 255));
  EXPECT_TRUE(decode_data(only_padding.f)->data.empty());
}

TEST(frame_payloads, explains_padding_that_does_not_fit) {
  EXPECT_EQ(why(decode_data(held(frames().raw(type::data, flag::padded, 1, "")).f)),
            "FRAME_SIZE_ERROR: DATA is too short for its pad length");
  EXPECT_EQ(why(decode_data(held(frames().raw(type::data, flag::padded, 1, "\x02x")).f)),
            "PROTOCOL_ERROR: the padding (2 bytes) does not fit into 2 bytes of payload");
  EXPECT_EQ(why(decode_data(held(frames().raw(type::data, flag::padded, 1, "\x01x")).f)),
            "it is fine");
  EXPECT_EQ(
      why(decode_header_fragment(held(frames().raw(type::headers, flag::padded, 1, "\x09")).f)),
      "PROTOCOL_ERROR: the padding (9 bytes) does not fit into 1 bytes of payload");
}

TEST(frame_payloads, strips_padding_and_priority_from_headers) {
  const held both(frames().raw(type::headers, flag::padded | flag::priority, 5,
                               "\x02\x80\x00\x00\x03\xff"
                               "block\0\0"sv));
  const auto fragment = decode_header_fragment(both.f);
  ASSERT_TRUE(fragment);
  EXPECT_EQ(codec::as_text(fragment->fragment), "block");
  EXPECT_EQ(fragment->pad_length, 2);
  EXPECT_EQ(fragment->priority, (priority_fields{3, true, 256}));

  const held written(frames().headers_with_priority(5, {{"a", "b"}}, {7, false, 1}));
  EXPECT_EQ(decode_header_fragment(written.f)->priority, (priority_fields{7, false, 1}));
  const held plain(frames().headers_block_raw(1, "block"));
  EXPECT_EQ(codec::as_text(decode_header_fragment(plain.f)->fragment), "block");
  EXPECT_FALSE(decode_header_fragment(plain.f)->priority);
}

TEST(frame_payloads, takes_a_continuation_as_it_is_whatever_its_flags_say) {
  const held odd(frames().continuation_block_raw(1, "\x09zzz", flag::padded | flag::priority));
  EXPECT_EQ(codec::as_text(decode_header_fragment(odd.f)->fragment), "\x09zzz");
}

TEST(frame_payloads, reads_a_promise) {
  const held promise(frames().push_promise(1, 0x80000002, {{"a", "b"}}));
  const auto fragment = decode_header_fragment(promise.f);
  ASSERT_TRUE(fragment);
  EXPECT_EQ(fragment->promised_stream_id, 2U);
  EXPECT_EQ(codec::as_text(fragment->fragment),
            "\0\x01"
            "a\x01"
            "b"sv);
  EXPECT_EQ(why(decode_header_fragment(held(frames().raw(type::push_promise, 0, 1, "abc")).f)),
            "FRAME_SIZE_ERROR: PUSH_PROMISE is too short for its promised stream id");
}

TEST(frame_payloads, explains_headers_too_short_for_priority) {
  EXPECT_EQ(
      why(decode_header_fragment(held(frames().raw(type::headers, flag::priority, 1, "abcd")).f)),
      "FRAME_SIZE_ERROR: HEADERS is too short for its priority fields");
}

TEST(frame_payloads, reads_settings_in_their_order) {
  const held settings(frames().settings({{4, 0xffffffff}, {3, 0}, {4, 1}}));
  EXPECT_THAT(
      *decode_settings(settings.f),
      ElementsAre(settings_entry{4, 0xffffffff}, settings_entry{3, 0}, settings_entry{4, 1}));
  EXPECT_TRUE(decode_settings(held(frames().settings_ack()).f)->empty());
}

TEST(frame_payloads, explains_settings_of_a_wrong_size) {
  EXPECT_EQ(why(decode_settings(held(frames().raw(type::settings, 0, 0, "1234567")).f)),
            "FRAME_SIZE_ERROR: SETTINGS must be a multiple of 6 bytes long and has 7");
  EXPECT_EQ(why(decode_settings(held(frames().raw(type::settings, flag::ack, 0, "123456")).f)),
            "FRAME_SIZE_ERROR: a SETTINGS acknowledgement must be empty");
}

TEST(frame_payloads, reads_the_frames_of_a_fixed_size) {
  EXPECT_EQ(*decode_rst_stream(held(frames().rst_stream(1, 0xdeadbeef)).f), 0xdeadbeefU);
  EXPECT_EQ(*decode_window_update(held(frames().window_update(1, 0x7fffffff)).f), 0x7fffffffU);
  EXPECT_EQ(*decode_window_update(held(frames().window_update(1, 0x80000001)).f), 1U);
  const held ping(frames().ping("abcdefgh"));
  EXPECT_EQ(codec::as_text(*decode_ping(ping.f)), "abcdefgh");
  EXPECT_EQ(*decode_priority(held(frames().priority(3, {1, true, 200})).f),
            (priority_fields{1, true, 200}));
}

TEST(frame_payloads, explains_every_wrong_fixed_size) {
  EXPECT_EQ(why(decode_rst_stream(held(frames().raw(type::rst_stream, 0, 1, "123")).f)),
            "FRAME_SIZE_ERROR: RST_STREAM must be 4 bytes long and has 3");
  EXPECT_EQ(why(decode_window_update(held(frames().raw(type::window_update, 0, 1, "12345")).f)),
            "FRAME_SIZE_ERROR: WINDOW_UPDATE must be 4 bytes long and has 5");
  EXPECT_EQ(why(decode_window_update(held(frames().window_update(1, 0)).f)),
            "PROTOCOL_ERROR: a WINDOW_UPDATE must add at least 1 byte");
  EXPECT_EQ(why(decode_ping(held(frames().ping("1234567")).f)),
            "FRAME_SIZE_ERROR: PING must be 8 bytes long and has 7");
  EXPECT_EQ(why(decode_priority(held(frames().raw(type::priority, 0, 1, "1234")).f)),
            "FRAME_SIZE_ERROR: PRIORITY must be 5 bytes long and has 4");
  EXPECT_EQ(why(decode_goaway(held(frames().raw(type::goaway, 0, 0, "1234567")).f)),
            "FRAME_SIZE_ERROR: GOAWAY must be at least 8 bytes long and has 7");
}

TEST(frame_payloads, reads_goaway_with_its_debug_data) {
  const held bytes(frames().goaway(0x80000007, 11, "too_many_pings"));
  const auto goaway = decode_goaway(bytes.f);
  ASSERT_TRUE(goaway);
  EXPECT_EQ(goaway->last_stream_id, 7U);
  EXPECT_EQ(goaway->error_code, 11U);
  EXPECT_EQ(codec::as_text(goaway->debug_data), "too_many_pings");
  EXPECT_TRUE(decode_goaway(held(frames().goaway(1, 0)).f)->debug_data.empty());
}

TEST(frame_payloads, knows_which_frames_belong_on_stream_zero) {
  for (const std::uint8_t t : std::initializer_list<std::uint8_t>{0, 1, 2, 3, 5, 9}) {
    EXPECT_TRUE(misplaced(held(frames().raw(t, 0, 0, "")).f)) << int{t};
    EXPECT_FALSE(misplaced(held(frames().raw(t, 0, 1, "")).f)) << int{t};
  }
  for (const std::uint8_t t : std::initializer_list<std::uint8_t>{4, 6, 7}) {
    EXPECT_FALSE(misplaced(held(frames().raw(t, 0, 0, "")).f)) << int{t};
    EXPECT_TRUE(misplaced(held(frames().raw(t, 0, 1, "")).f)) << int{t};
  }
  for (const std::uint8_t t : std::initializer_list<std::uint8_t>{8, 0x42}) {
    EXPECT_FALSE(misplaced(held(frames().raw(t, 0, 0, "")).f)) << int{t};
    EXPECT_FALSE(misplaced(held(frames().raw(t, 0, 1, "")).f)) << int{t};
  }
  EXPECT_EQ(misplaced(held(frames().data(0, "x")).f)->text,
            "DATA needs a stream and is on stream 0");
}

}  // namespace
}  // namespace grpcwire::transport
