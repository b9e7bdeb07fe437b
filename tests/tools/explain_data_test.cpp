// Messages are followed over frames however they are cut.
#include "tools/grpcwire/explain_data.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace grpcwire::tools {
namespace {

using namespace std::string_view_literals;
using testing::ElementsAre;

std::vector<std::string> explain(message_follower& messages, std::string_view data) {
  return messages.explain(codec::as_bytes(data));
}

TEST(message_follower, explains_the_five_bytes_and_the_message) {
  message_follower messages;
  EXPECT_THAT(explain(messages, "\0\0\0\0\x07\x0a\x05world"sv),
              ElementsAre("00 00 00 00 07: not compressed, 7 bytes of message",
                          "0a 05 77 6f 72 6c 64  |..world|  the message"));
  EXPECT_EQ(messages.unfinished(), "");
}

TEST(message_follower, explains_several_messages_in_one_frame) {
  message_follower messages;
  EXPECT_THAT(
      explain(messages,
              "\0\0\0\0\x01"
              "a\0\0\0\0\0\0\0\0\0\x02"
              "bc"sv),
      ElementsAre("00 00 00 00 01: not compressed, 1 byte of message", "61  |a|  the message",
                  "00 00 00 00 00: not compressed, 0 bytes of message",
                  "00 00 00 00 02: not compressed, 2 bytes of message",
                  "62 63  |bc|  the message"));
}

TEST(message_follower, follows_one_message_over_frames) {
  message_follower messages;
  EXPECT_THAT(
      explain(messages,
              "\0\0\0\0\x06"
              "ab"sv),
      ElementsAre("00 00 00 00 06: not compressed, 6 bytes of message",
                  "61 62  |ab|  the first 2 bytes of the message; 4 follow in later frames"));
  EXPECT_EQ(messages.unfinished(), "the stream ends inside a message: 4 bytes missing");
  EXPECT_TRUE(explain(messages, "").empty());
  EXPECT_THAT(explain(messages, "c"),
              ElementsAre("63  |c|  1 byte more of the message; 3 follow in later frames"));
  EXPECT_THAT(explain(messages, "def"),
              ElementsAre("64 65 66  |def|  the last 3 bytes of the message"));
  EXPECT_EQ(messages.unfinished(), "");
}

TEST(message_follower, joins_a_split_prefix) {
  message_follower messages;
  EXPECT_THAT(explain(messages, "\0\0"sv),
              ElementsAre("00 00: 2 of the 5 bytes in front of a message; the others come later"));
  EXPECT_EQ(messages.unfinished(),
            "the stream ends inside the 5 bytes in front of a message (3 missing)");
  EXPECT_THAT(explain(messages, "\0\0\x01x"sv),
              ElementsAre("00 00 01: the rest of the 5 bytes in front of a message: "
                          "00 00 00 00 01: not compressed, 1 byte of message",
                          "78  |x|  the message"));
}

TEST(message_follower, arrives_at_the_same_place_from_every_split_point) {
  const std::string_view bytes =
      "\0\0\0\0\x03"
      "abc\0\0\0\0\0\0\0\0\x01\x00"
      "xyz"sv;
  message_follower whole;
  explain(whole, bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    message_follower messages;
    explain(messages, bytes.substr(0, cut));
    explain(messages, bytes.substr(cut));
    EXPECT_EQ(messages.unfinished(), whole.unfinished()) << cut;
  }
  EXPECT_EQ(whole.unfinished(), "the stream ends inside a message: 253 bytes missing");
}

TEST(message_follower, names_the_compression) {
  message_follower messages;
  EXPECT_EQ(
      explain(messages, "\1\0\0\0\0"sv).at(0),
      "01 00 00 00 00: compressed, though no grpc-encoding was announced, 0 bytes of message");
  messages.set_encoding("gzip");
  EXPECT_EQ(explain(messages, "\1\0\0\0\0"sv).at(0),
            "01 00 00 00 00: compressed with gzip, 0 bytes of message");
}

TEST(message_follower, gives_up_on_bytes_that_are_no_messages) {
  message_follower messages;
  EXPECT_THAT(
      explain(messages, "<html>"),
      ElementsAre("3c 68 74 6d 6c: not a gRPC message: the first byte must be 0 or 1, not 60"));
  EXPECT_TRUE(messages.lost());
  EXPECT_THAT(explain(messages, "x"), ElementsAre("78  |x|: cannot be followed"));
  EXPECT_EQ(messages.unfinished(), "");
}

TEST(message_follower, knows_two_values_of_the_first_byte_and_no_third) {
  message_follower messages;
  EXPECT_EQ(explain(messages, "\2\0\0\0\0"sv).at(0),
            "02 00 00 00 00: not a gRPC message: the first byte must be 0 or 1, not 2");
}

TEST(message_follower, counts_what_it_does_not_show) {
  message_follower messages;
  const auto lines = explain(messages, std::string(5 * 1000, '\0'));
  EXPECT_EQ(lines.size(), 9U);
  EXPECT_EQ(lines.back(), "… and 992 more messages in this frame");
}

TEST(message_follower, reads_a_length_of_four_gigabytes) {
  message_follower messages;
  EXPECT_EQ(explain(messages, "\0\xff\xff\xff\xff"sv).at(0),
            "00 ff ff ff ff: not compressed, 4294967295 bytes of message");
}

}  // namespace
}  // namespace grpcwire::tools
