// Records, mistakes with their offsets, limits, and the way back to the same bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/raw_message.hpp>

namespace grpcwire::codec {
namespace {

using namespace std::literals;

// `0a 06 4d`: the bytes of hexadecimal digits.
std::string raw_bytes(std::string_view hex) {
  std::string bytes;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
    high = high >= 0 ? -1 : digit;
  }
  return bytes;
}

// `0 1 VARINT 2=96 01`, groups and messages in braces: offset, number, type, length and payload.
std::string raw_outline(const std::vector<raw_record>& records) {
  std::string text;
  for (const raw_record& r : records) {
    if (!text.empty()) text += "; ";
    text += std::to_string(r.offset) + " " + std::to_string(r.number) + " " +
            std::string(name(r.type)) + " " + std::to_string(r.payload().size());
    if (!r.nested.empty()) text += " {" + raw_outline(r.nested) + "}";
  }
  return text;
}

std::string raw_outline_of(std::string_view hex) {
  const std::string bytes = raw_bytes(hex);
  const raw_message message = decode_raw(as_bytes(bytes));
  return raw_outline(message.records) + (message.error ? " and a mistake" : "");
}

constexpr std::string_view person =
    "0a 06 4d 61 72 74 69 6e 10 b9 0a 1a 0b 64 61 79 64 72 65 61 6d 69 6e 67 1a 07 68 61 63 6b "
    "69 6e 67";

TEST(raw_message, lists_every_record_with_its_offset) {
  EXPECT_EQ(raw_outline_of(person), "0 1 LEN 6; 8 2 VARINT 2; 11 3 LEN 11; 24 3 LEN 7");
  EXPECT_EQ(raw_outline_of(""), "");
  EXPECT_EQ(raw_outline_of("0d 00 00 80 3f 09 00 00 00 00 00 00 f0 3f"), "0 1 I32 4; 5 1 I64 8");
}

TEST(raw_message, reads_varints_up_to_64_bits) {
  const std::string bytes = raw_bytes("08 96 01  10 ff ff ff ff ff ff ff ff ff 01  18 00");
  const raw_message message = decode_raw(as_bytes(bytes));
  ASSERT_EQ(message.records.size(), 3U);
  EXPECT_EQ(message.records[0].varint, 150U);
  EXPECT_EQ(message.records[1].varint, UINT64_MAX);
  EXPECT_EQ(message.records[2].varint, 0U);
}

TEST(raw_message, takes_longer_forms_and_drops_bits_beyond_64_as_protobuf_does) {
  const std::string bytes = raw_bytes(
      "88 80 80 80 00 01  f8 ff ff ff 7f 02  "
      "08 ff ff ff ff ff ff ff ff ff 7f  12 81 80 80 80 00 61");
  const raw_message message = decode_raw(as_bytes(bytes));
  ASSERT_FALSE(message.error) << message.error->text;
  ASSERT_EQ(message.records.size(), 4U);
  EXPECT_EQ(message.records[0].number, 1U);
  EXPECT_EQ(message.records[0].tag_size, 5);
  EXPECT_EQ(message.records[1].number, 536'870'911U);
  EXPECT_EQ(message.records[2].varint, UINT64_MAX);
  EXPECT_EQ(message.records[3].length_size, 5);
  EXPECT_EQ(as_text(message.records[3].payload()), "a");
}

TEST(raw_message, follows_groups_and_messages_within) {
  EXPECT_EQ(raw_outline_of("0b 08 01 0c"), "0 1 SGROUP 2 {1 1 VARINT 1}");
  EXPECT_EQ(raw_outline_of("0b 13 14 0c 08 01"), "0 1 SGROUP 2 {1 2 SGROUP 0}; 4 1 VARINT 1");
  EXPECT_EQ(raw_outline_of("08 01 1a 03 08 96 01"), "0 1 VARINT 1; 2 3 LEN 3 {4 1 VARINT 2}");
  EXPECT_EQ(raw_outline_of("0a 05 0a 03 08 96 01"), "0 1 LEN 5 {2 1 LEN 3 {4 1 VARINT 2}}");
  EXPECT_EQ(raw_outline_of("1a 04 0b 08 01 0c"), "0 3 LEN 4 {2 1 SGROUP 2 {3 1 VARINT 1}}");
}

struct mistake {
  std::string_view hex;
  raw_problem problem;
  std::size_t offset;
  std::string_view text;
};

TEST(raw_message, says_what_is_wrong_and_at_which_byte) {
  const mistake mistakes[] = {
      {"80", raw_problem::truncated, 0, "the bytes end inside a tag"},
      {"08 01 08", raw_problem::truncated, 3, "the bytes end inside a varint"},
      {"08 80", raw_problem::truncated, 1, "the bytes end inside a varint"},
      {"0d 01 02 03", raw_problem::truncated, 1,
       "the bytes end inside a value of 4 bytes, of which 3 bytes are there"},
      {"09 01", raw_problem::truncated, 1,
       "the bytes end inside a value of 8 bytes, of which 1 byte is there"},
      {"12", raw_problem::truncated, 1, "the bytes end inside a length"},
      {"12 05 61", raw_problem::truncated, 1, "a length of 5 bytes, but only 1 byte follows"},
      {"12 ff ff ff ff 07", raw_problem::truncated, 1,
       "a length of 2147483647 bytes, but only 0 bytes follow"},
      {"12 80 80 80 80 08", raw_problem::bad_length, 1,
       "a length of 2147483648 bytes; the limit is 2147483647"},
      {"12 80 80 80 80 80 01", raw_problem::overlong, 1, "a length is longer than 5 bytes"},
      {"08 80 80 80 80 80 80 80 80 80 80 01", raw_problem::overlong, 1,
       "a varint is longer than 10 bytes"},
      {"88 80 80 80 80 00 01", raw_problem::overlong, 0, "a tag is longer than 5 bytes"},
      {"0f", raw_problem::bad_type, 0, "wire type 7, which does not exist"},
      {"08 01 0e", raw_problem::bad_type, 2, "wire type 6, which does not exist"},
      {"00", raw_problem::bad_number, 0, "field number 0, which is not legal"},
      {"0c", raw_problem::bad_group, 0, "the end of group 1, which was not begun"},
      {"0b 14", raw_problem::bad_group, 1, "the end of group 2 inside group 1"},
      {"08 01 0b 08 01", raw_problem::bad_group, 2, "group 1 begins here and has no end"},
  };
  for (const mistake& m : mistakes) {
    SCOPED_TRACE(m.hex);
    const std::string bytes = raw_bytes(m.hex);
    const raw_message message = decode_raw(as_bytes(bytes));
    ASSERT_TRUE(message.error);
    EXPECT_EQ(message.error->problem, m.problem);
    EXPECT_EQ(message.error->offset, m.offset);
    EXPECT_EQ(message.error->text, m.text);
    EXPECT_EQ(as_text(encode(message)), bytes);
  }
}

TEST(raw_message, keeps_what_came_before_the_mistake) {
  const std::string bytes = raw_bytes("08 01 0b 10 02 13 18 03 12 05 61");
  const raw_message message = decode_raw(as_bytes(bytes));
  ASSERT_TRUE(message.error);
  EXPECT_EQ(message.error->offset, 9U);
  EXPECT_EQ(raw_outline(message.records),
            "0 1 VARINT 1; 2 1 SGROUP 5 {3 2 VARINT 1; 5 2 SGROUP 2 {6 3 VARINT 1}}");
  EXPECT_EQ(message.records[1].end_tag_size, 0);
  EXPECT_EQ(as_text(message.rest), raw_bytes("12 05 61"));
}

TEST(raw_message, allows_a_hundred_levels_of_groups) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '\x0b') + std::string(levels, '\x0c');
  };
  const std::string just = nested(100);
  EXPECT_FALSE(decode_raw(as_bytes(just)).error);
  const std::string deeper = nested(101);
  const raw_message message = decode_raw(as_bytes(deeper));
  ASSERT_TRUE(message.error);
  EXPECT_EQ(message.error->problem, raw_problem::too_deep);
  EXPECT_EQ(message.error->offset, 100U);
  EXPECT_EQ(as_text(encode(message)), deeper);
}

TEST(raw_message, gives_up_guessing_at_depth_but_does_not_fail) {
  std::string bytes = raw_bytes("08 01");
  for (int level = 0; level < 105; ++level) {
    std::string prefix = "\x0a";
    if (bytes.size() < 128) {
      prefix += static_cast<char>(bytes.size());
    } else {
      prefix += static_cast<char>((bytes.size() & 0x7f) | 0x80);
      prefix += static_cast<char>(bytes.size() >> 7);
    }
    bytes = prefix + bytes;
  }
  const raw_message message = decode_raw(as_bytes(bytes));
  ASSERT_FALSE(message.error);
  const raw_record* at = &message.records.at(0);
  std::size_t depth = 0;
  for (; at->message_possible; ++depth) at = &at->nested.at(0);
  EXPECT_EQ(depth, 100U);
  EXPECT_EQ(at->limit, not_tried::too_deep);
  EXPECT_EQ(as_text(encode(message)), bytes);
}

TEST(raw_message, stops_at_its_limit_of_records) {
  std::string bytes;
  for (int i = 0; i < 11; ++i) bytes += raw_bytes("08 01");
  const raw_message message = decode_raw(as_bytes(bytes), {.records_max = 10});
  ASSERT_TRUE(message.error);
  EXPECT_EQ(message.error->problem, raw_problem::too_many);
  EXPECT_EQ(message.error->offset, 20U);
  EXPECT_EQ(message.error->text, "more than 10 records");
  EXPECT_EQ(message.records.size(), 10U);
}

TEST(raw_message, stops_guessing_at_the_same_limit) {
  std::string inner;
  for (int i = 0; i < 6; ++i) inner += raw_bytes("08 01");
  const std::string one = "\x1a\x0c" + inner;
  const std::string bytes = one + one;
  const raw_message message = decode_raw(as_bytes(bytes), {.records_max = 10});
  ASSERT_FALSE(message.error);
  EXPECT_TRUE(message.records.at(0).message_possible);
  EXPECT_FALSE(message.records.at(1).message_possible);
  EXPECT_EQ(message.records.at(1).limit, not_tried::too_many_records);
  EXPECT_EQ(as_text(encode(message)), bytes);
}

TEST(raw_message, encodes_to_the_same_bytes_whatever_their_form) {
  for (const std::string_view hex :
       {""sv, person, "88 80 80 80 00 01"sv, "12 81 00 61"sv, "08 80 00"sv, "0b 08 01 8c 00"sv,
        "1a 06 0b 88 00 80 00 0c"sv, "08 ff ff ff ff ff ff ff ff ff 7f"sv}) {
    SCOPED_TRACE(hex);
    const std::string bytes = raw_bytes(hex);
    const raw_message message = decode_raw(as_bytes(bytes));
    EXPECT_FALSE(message.error);
    EXPECT_EQ(as_text(encode(message)), bytes);
  }
}

}  // namespace
}  // namespace grpcwire::codec
