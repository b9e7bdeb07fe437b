// The wire form of status messages.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/percent.hpp>

namespace grpcwire::codec {
namespace {

struct percent_case {
  std::string_view plain;
  std::string_view wire;
};

TEST(percent, encodes_what_is_not_printable_ascii) {
  const std::vector<percent_case> cases = {
      {"", ""},
      {"plain text", "plain text"},
      {"100%", "100%25"},
      {"%41", "%2541"},
      {"a\r\nb\tc", "a%0D%0Ab%09c"},
      {"\x7f", "%7F"},
      {"~!\"#$&", "~!\"#$&"},
      {std::string_view("\0", 1), "%00"},
      {"\xc3\xa9", "%C3%A9"},
      // special_status_message of the interop tests
      {"\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n",
       "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP "
       "%F0%9F%98%88%09%0A"},
  };
  for (const auto& [plain, wire] : cases) {
    EXPECT_EQ(percent_encode(plain), wire);
    EXPECT_EQ(percent_decode(wire), plain);
  }
}

TEST(percent, encodes_every_ascii_character_by_the_rule) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = std::string("a") + static_cast<char>(c) + "b";
    const bool stays = c >= 0x20 && c <= 0x7e && c != '%';
    EXPECT_EQ(percent_encode(text) == text, stays) << c;
    EXPECT_EQ(percent_decode(percent_encode(text)), text) << c;
  }
}

TEST(percent, encodes_spaces_at_both_ends_only) {
  const std::vector<percent_case> cases = {
      {" a b ", "%20a b%20"}, {"  a", "%20%20a"},   {"a  ", "a%20%20"},
      {" ", "%20"},           {"   ", "%20%20%20"}, {"\n a", "%0A a"},
  };
  for (const auto& [plain, wire] : cases) {
    EXPECT_EQ(percent_encode(plain), wire);
    EXPECT_EQ(percent_decode(wire), plain);
  }
}

TEST(percent, keeps_the_first_and_last_code_point_of_each_utf8_length) {
  for (const std::string_view text :
       {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xe1\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(percent_decode(percent_encode(text)), text);
  }
}

TEST(percent, replaces_each_byte_of_invalid_utf8) {
  const std::string r = "%EF%BF%BD";
  const std::vector<std::pair<std::string_view, std::string>> cases = {
      {"\x80", r},                          // a continuation alone
      {"\xff", r},                          // never legal
      {"a\xc3", "a" + r},                   // cut off
      {"\xe2\x98", r + r},                  // cut off
      {"\xc3(", r + "("},                   // no continuation
      {"\xe2\x98(", r + r + "("},           // no second continuation
      {"\xf0\x9f\x98(", r + r + r + "("},   // no third continuation
      {"\xc0\xaf", r + r},                  // overlong
      {"\xc1\xbf", r + r},                  // overlong
      {"\xe0\x9f\xbf", r + r + r},          // overlong
      {"\xf0\x8f\xbf\xbf", r + r + r + r},  // overlong
      {"\xed\xa0\x80", r + r + r},          // surrogate
      {"\xf4\x90\x80\x80", r + r + r + r},  // above U+10FFFF
      {"\xf5\x80\x80\x80", r + r + r + r},  // above U+10FFFF
      {"ok \xc3\xa9 \xa9", "ok %C3%A9 " + r},
  };
  for (const auto& [plain, wire] : cases) EXPECT_EQ(percent_encode(plain), wire);
}

TEST(percent, decodes_both_cases_and_any_octet) {
  EXPECT_EQ(percent_decode("%e2%98%BA"), "\u263a");
  EXPECT_EQ(percent_decode("%fF%00x"), std::string_view("\xff\0x", 3));
  EXPECT_EQ(percent_decode("a+b"), "a+b");
}

TEST(percent, keeps_broken_sequences_literally) {
  for (const std::string_view text :
       {"%", "%%", "%4", "%4g", "%g4", "%zz", "100%", "%\xc3\xa9", "a%2", "% 41", "%+1", "%0x"}) {
    EXPECT_EQ(percent_decode(text), text);
  }
  EXPECT_EQ(percent_decode("%%41"), "%A");
  EXPECT_EQ(percent_decode("%4%41"), "%4A");
  EXPECT_EQ(percent_decode("%2541"), "%41") << "decoded once only";
}

TEST(percent, never_fails_wherever_the_text_is_cut) {
  const std::string_view wire = "%E2%98%BAx%25";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    const std::string head = percent_decode(wire.substr(0, cut));
    EXPECT_LE(head.size(), cut);
    EXPECT_EQ(head.empty(), cut == 0);
  }
}

}  // namespace
}  // namespace grpcwire::codec
