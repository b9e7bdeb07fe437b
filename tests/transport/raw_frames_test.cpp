// raw_frames writes exactly the bytes of RFC 9113, and exactly the wrong ones it is asked for.
#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::transport {
namespace {

using testing::ElementsAre;
using namespace std::string_view_literals;
using codec::header_view;

TEST(raw_frames, writes_the_client_preface_as_24_bytes) {
  EXPECT_EQ(frames().preface().text(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

TEST(raw_frames, writes_settings_as_pairs_of_id_and_value) {
  EXPECT_THAT(frames().settings({{4, 65535}, {0xfe03, 1}}).bytes(),
              ElementsAre(0, 0, 12, 4, 0, 0, 0, 0, 0,  //
                          0, 4, 0, 0, 0xff, 0xff, 0xfe, 0x03, 0, 0, 0, 1));
  EXPECT_THAT(frames().settings().bytes(), ElementsAre(0, 0, 0, 4, 0, 0, 0, 0, 0));
  EXPECT_THAT(frames().settings_ack().bytes(), ElementsAre(0, 0, 0, 4, 1, 0, 0, 0, 0));
}

TEST(raw_frames, writes_data_with_and_without_padding) {
  EXPECT_THAT(frames().data(1, "x").bytes(), ElementsAre(0, 0, 1, 0, 0, 0, 0, 0, 1, 'x'));
  EXPECT_THAT(frames().data(3, "", true).bytes(), ElementsAre(0, 0, 0, 0, 1, 0, 0, 0, 3));
  EXPECT_THAT(frames().data_padded(1, "x", 2, true).bytes(),
              ElementsAre(0, 0, 4, 0, 9, 0, 0, 0, 1, 2, 'x', 0, 0));
}

TEST(raw_frames, encodes_headers_as_literals_without_a_table) {
  EXPECT_THAT(frames().headers(1, {{"A", "b"}}).bytes(),
              ElementsAre(0, 0, 5, 1, 4, 0, 0, 0, 1, 0, 1, 'A', 1, 'b'));
  const std::array secret = {header_view{"k", "v", true}};
  EXPECT_EQ(literal_header_block(secret), "\x10\x01k\x01v");
}

TEST(raw_frames, encodes_lengths_around_the_seven_bit_prefix) {
  const auto length_bytes = [](std::size_t size) {
    const std::string value(size, 'v');
    const std::array fields = {header_view{"", value}};
    return literal_header_block(fields).substr(2, literal_header_block(fields).size() - 2 - size);
  };
  EXPECT_EQ(length_bytes(126), "\x7e");
  EXPECT_EQ(length_bytes(127), "\x7f\x00"sv);
  EXPECT_EQ(length_bytes(254), "\x7f\x7f");
  EXPECT_EQ(length_bytes(255), "\x7f\x80\x01");
  EXPECT_EQ(length_bytes(1337), "\x7f\xba\x09");
}

TEST(raw_frames, splits_a_block_over_continuations_and_ends_it_once) {
  EXPECT_THAT(frames().headers_in_pieces(1, {{"a", "b"}}, 2, http2::flag::end_stream).bytes(),
              ElementsAre(0, 0, 2, 1, 1, 0, 0, 0, 1, 0, 1,    //
                          0, 0, 2, 9, 0, 0, 0, 0, 1, 'a', 1,  //
                          0, 0, 1, 9, 4, 0, 0, 0, 1, 'b'));
  EXPECT_EQ(frames().headers_in_pieces(1, {{"a", "b"}}, 5).bytes(),
            frames().headers(1, {{"a", "b"}}).bytes());
  EXPECT_EQ(frames().headers_in_pieces(1, {}, 5).bytes(), frames().headers(1, {}).bytes());
}

TEST(raw_frames, writes_padded_headers_priority_and_promises) {
  EXPECT_THAT(frames().headers_padded(1, {{"a", "b"}}, 1).bytes(),
              ElementsAre(0, 0, 7, 1, 12, 0, 0, 0, 1, 1, 0, 1, 'a', 1, 'b', 0));
  EXPECT_THAT(frames().headers_with_priority(5, {{"a", "b"}}, {3, true, 256}).bytes(),
              ElementsAre(0, 0, 10, 1, 0x24, 0, 0, 0, 5, 0x80, 0, 0, 3, 255, 0, 1, 'a', 1, 'b'));
  EXPECT_THAT(frames().priority(5, {3, false, 1}).bytes(),
              ElementsAre(0, 0, 5, 2, 0, 0, 0, 0, 5, 0, 0, 0, 3, 0));
  EXPECT_THAT(frames().push_promise(1, 2, {{"a", "b"}}).bytes(),
              ElementsAre(0, 0, 9, 5, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 'a', 1, 'b'));
}

TEST(raw_frames, writes_the_small_frames) {
  EXPECT_THAT(frames().rst_stream(3, 8).bytes(),
              ElementsAre(0, 0, 4, 3, 0, 0, 0, 0, 3, 0, 0, 0, 8));
  EXPECT_THAT(frames().window_update(0, 0x01020304).bytes(),
              ElementsAre(0, 0, 4, 8, 0, 0, 0, 0, 0, 1, 2, 3, 4));
  EXPECT_THAT(frames().ping("abcdefgh", true).bytes(),
              ElementsAre(0, 0, 8, 6, 1, 0, 0, 0, 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'));
  EXPECT_THAT(frames().goaway(7, 11, "calm").bytes(),
              ElementsAre(0, 0, 12, 7, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 11, 'c', 'a', 'l', 'm'));
}

TEST(raw_frames, lets_every_field_be_wrong) {
  EXPECT_THAT(frames().raw(0xffffff, 0x42, 0xff, 0xffffffff, "x").bytes(),
              ElementsAre(255, 255, 255, 0x42, 255, 255, 255, 255, 255, 'x'));
  EXPECT_THAT(frames().ping("abc").bytes(), ElementsAre(0, 0, 3, 6, 0, 0, 0, 0, 0, 'a', 'b', 'c'));
  EXPECT_EQ(frames().garbage("GET /").text(), "GET /");
  EXPECT_THAT(frames().headers_block_raw(2, "\x82", 0).continuation_block_raw(4, "\x83").bytes(),
              ElementsAre(0, 0, 1, 1, 0, 0, 0, 0, 2, 0x82, 0, 0, 1, 9, 4, 0, 0, 0, 4, 0x83));
}

TEST(raw_frames, chains_on_an_object_and_on_a_temporary) {
  raw_frames out;
  out.data(1, "x").data(1, "y");
  out.continuation(1, {{"a", "b"}});
  EXPECT_EQ(out.bytes(), frames().data(1, "x").data(1, "y").continuation(1, {{"a", "b"}}).bytes());
  EXPECT_EQ(out.size(), 34U);
}

}  // namespace
}  // namespace grpcwire::transport
