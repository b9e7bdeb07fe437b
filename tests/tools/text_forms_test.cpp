// Bytes become text that is safe to print.
#include "tools/grpcwire/text_forms.hpp"

#include <string>

#include <gtest/gtest.h>

namespace grpcwire::tools {
namespace {

using namespace std::string_view_literals;

TEST(text_forms, cuts_long_hex) {
  EXPECT_EQ(hex(codec::as_bytes("\0\x07\xff"sv)), "00 07 ff");
  EXPECT_EQ(hex(codec::as_bytes("abc"), 2), "61 62 …");
  EXPECT_EQ(hex({}), "");
}

TEST(text_forms, dumps_lines_of_sixteen_with_their_offset) {
  EXPECT_EQ(hex_dump(codec::as_bytes("0123456789abcdef\x1b!"), 32, "  "),
            "  00000020  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n"
            "  00000030  1b 21                                            .!\n");
  EXPECT_EQ(hex_dump({}, 0, "  "), "");
}

TEST(text_forms, lets_no_control_byte_through) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool plain = byte >= 0x20 && byte < 0x7f;
    for (const bool utf8 : {false, true}) {
      EXPECT_EQ(printable(text, utf8).size(), plain ? 1U : 4U) << byte;
    }
  }
  EXPECT_EQ(printable("\x1b[31m"), "\\x1b[31m");
}

TEST(text_forms, keeps_utf8_only_when_asked_and_well_formed) {
  EXPECT_EQ(printable("☺"), "\\xe2\\x98\\xba");
  EXPECT_EQ(printable("é ☺ 😈", true), "é ☺ 😈");
  EXPECT_EQ(printable("\xe2\x98", true), "\\xe2\\x98");
  EXPECT_EQ(printable("\xc0\x80", true), "\\xc0\\x80") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80", true), "\\xed\\xa0\\x80") << "surrogate";
  EXPECT_EQ(printable("\xc2\x9b", true), "\\xc2\\x9b") << "the one-character CSI of terminals";
}

TEST(text_forms, cuts_long_text_and_never_inside_a_character) {
  EXPECT_EQ(printable("abcdef", false, 6), "abcdef");
  EXPECT_EQ(printable("abcdefg", false, 6), "abcdef… (7 bytes in all)");
  EXPECT_EQ(printable("a☺b", true, 3), "a… (5 bytes in all)");
}

TEST(text_forms, counts_and_pads_by_characters) {
  EXPECT_EQ(bytes_count(1), "1 byte");
  EXPECT_EQ(bytes_count(0), "0 bytes");
  EXPECT_EQ(columns("a☺…"), 3U);
  EXPECT_EQ(padded("☺", 3), "☺  ");
  EXPECT_EQ(padded("long", 2), "long");
}

}  // namespace
}  // namespace grpcwire::tools
