// Which readings a record gets, and which one comes first.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/raw_message_guess.hpp>

namespace grpcwire::codec {
namespace {

using namespace std::literals;

// `double 1 | fixed64, sfixed64 4607182418800017408`: all readings of the first record.
std::string all_readings(std::string_view bytes) {
  const raw_message message = decode_raw(as_bytes(bytes));
  EXPECT_FALSE(message.error);
  std::string text;
  for (const raw_reading& reading : readings(message.records.at(0), 4)) {
    if (!text.empty()) text += " | ";
    text += std::string(reading.type) + " " + reading.value;
  }
  return text;
}

std::string len_record(std::string_view payload) {
  return std::string("\x1a") + static_cast<char>(payload.size()) + std::string(payload);
}

len_guess guess_of(std::string_view payload) {
  const std::string bytes = len_record(payload);
  return decode_raw(as_bytes(bytes)).records.at(0).guess;
}

std::string reason_of(std::string_view payload) {
  const std::string bytes = len_record(payload);
  return reason(decode_raw(as_bytes(bytes)).records.at(0));
}

TEST(raw_message_guess, shows_all_readings_of_a_varint) {
  EXPECT_EQ(all_readings("\x08\x96\x01"sv), "int, uint, enum 150 | sint 75");
  EXPECT_EQ(all_readings("\x08\x01"sv), "int, uint, enum 1 | sint -1 | bool true");
  EXPECT_EQ(all_readings("\x08\x00"sv), "int, uint, enum 0 | bool false");
  EXPECT_EQ(all_readings("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"sv),
            "int, enum -1 | uint64 18446744073709551615 | sint -9223372036854775808");
  EXPECT_EQ(all_readings("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"sv),
            "uint64 9223372036854775808 | int64 -9223372036854775808 | sint 4611686018427387904");
}

TEST(raw_message_guess, prefers_real_numbers_that_somebody_would_write_down) {
  EXPECT_EQ(all_readings("\x09\x00\x00\x00\x00\x00\x00\xf0\x3f"sv),
            "double 1 | fixed64, sfixed64 4607182418800017408");
  EXPECT_EQ(all_readings("\x0d\x00\x00\x80\x3f"sv), "float 1 | fixed32, sfixed32 1065353216");
  EXPECT_EQ(all_readings("\x0d\x07\x00\x00\x00"sv), "fixed32, sfixed32 7 | float 1e-44");
  EXPECT_EQ(all_readings("\x0d\xff\xff\xff\xff"sv),
            "fixed32 4294967295 | sfixed32 -1 | float -nan");
}

TEST(raw_message_guess, reads_the_doubles_of_a_product) {
  const std::string bytes =
      "\x09\x00\x00\x00\x00\x00\x00\x0c\x40\x11\x00\x00\x00\x00\x00\x00\x1c\x40"
      "\x19\x00\x00\x00\x00\x00\x80\x38\x40"s;
  const raw_message message = decode_raw(as_bytes(bytes));
  ASSERT_EQ(message.records.size(), 3U);
  const std::string_view expected[] = {"3.5", "7", "24.5"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(message.records[i].type, wire_type::i64);
    EXPECT_EQ(readings(message.records[i])[0].type, "double");
    EXPECT_EQ(readings(message.records[i])[0].value, expected[i]);
  }
}

TEST(raw_message_guess, tells_text_from_messages) {
  EXPECT_EQ(guess_of("testing"), len_guess::text);
  EXPECT_EQ(guess_of("深圳 ☺\n"), len_guess::text);
  EXPECT_EQ(guess_of("\x08\x96\x01"sv), len_guess::message);
  EXPECT_EQ(guess_of(""), len_guess::empty);
  // Both, and long enough to be meant as text: `2 1234…` is field 6 with 32 bytes.
  const std::string both = "2 " + std::string(32, 'x');
  EXPECT_EQ(guess_of(both), len_guess::text);
  EXPECT_EQ(reason_of(both),
            "it is UTF-8 without control characters; it would also read as a message");
}

TEST(raw_message_guess, names_what_else_a_short_text_may_be) {
  EXPECT_EQ(all_readings("\x1a\x02(1"sv),
            "message 1 record | string (1 | packed varints 40, 49 | bytes 28 31");
}

TEST(raw_message_guess, finds_packed_values) {
  EXPECT_EQ(all_readings("\x32\x06\x03\x8e\x02\x9e\xa7\x05"sv),
            "packed varints 3, 270, 86942 | bytes 03 8e 02 9e a7 05");
  EXPECT_EQ(guess_of("\x00\x00\x80\xbf\x00\x00\x80\xbf\x00\x00\x80\xbf"sv), len_guess::packed_i32);
  EXPECT_EQ(guess_of("\xff\xff\xff\xff\xff\xff\xf0\xbf"sv), len_guess::packed_i64);
  EXPECT_EQ(guess_of("\xff\xff\xff"sv), len_guess::bytes);
}

TEST(raw_message_guess, counts_what_it_leaves_out) {
  EXPECT_EQ(all_readings("\x32\x06\x00\x01\x02\x03\x04\x05"sv),
            "packed varints 0, 1, 2, 3, … (6 in all) | bytes 00 01 02 03 04 05");
}

TEST(raw_message_guess, trusts_no_message_with_field_numbers_beyond_reason) {
  // A tag of four bytes with number 33554431, a varint: bytes rather than a message.
  const std::string_view payload = "\xf8\xff\xff\x7f\x85\x01"sv;
  EXPECT_NE(guess_of(payload), len_guess::message);
  EXPECT_NE(all_readings(len_record(payload)).find("message 1 record"), std::string::npos);
}

TEST(raw_message_guess, gives_its_reasons) {
  EXPECT_EQ(reason_of(""), "there is nothing in it");
  EXPECT_EQ(reason_of("\x08\x96\x01\x10\x01"sv),
            "it reads as a message of 2 records to its last byte");
  EXPECT_EQ(reason_of("testing"), "it is UTF-8 without control characters");
  EXPECT_EQ(reason_of("\x03\x8e\x02\x9e\xa7\x05"sv),
            "it is not text, but varints to its last byte");
  EXPECT_EQ(reason_of("\xff\xff\xff"sv), "nothing else fits");
  EXPECT_EQ(reason(decode_raw(as_bytes("\x08\x01"sv)).records.at(0)), "");
}

TEST(raw_message_guess, notes_what_is_legal_but_unusual) {
  const auto notes = [](std::string_view bytes) {
    return oddities(decode_raw(as_bytes(bytes)).records.at(0));
  };
  using list = std::vector<std::string>;
  EXPECT_EQ(notes("\x08\x01"sv), list{});
  EXPECT_EQ(notes("\x88\x00\x01"sv), list{"the tag takes 2 bytes where 1 would do"});
  EXPECT_EQ(notes("\x08\x80\x00"sv), list{"the value takes 2 bytes where 1 would do"});
  EXPECT_EQ(notes("\x12\x81\x00\x61"sv), list{"the length takes 2 bytes where 1 would do"});
  EXPECT_EQ(notes("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"sv),
            list{"the value has bits beyond 64, which are dropped"});
  EXPECT_EQ(notes("\xc0\xa3\x09\x01"sv),
            list{"field numbers 19000 to 19999 are reserved for protobuf itself"});
}

}  // namespace
}  // namespace grpcwire::codec
