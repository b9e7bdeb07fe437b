// Bytes written as text, and what is said about text that stands for none.
#include "tools/grpcwire/lab/decode_input.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace grpcwire::tools {
namespace {

using namespace std::string_literals;

TEST(decode_input, reads_hex_however_it_is_grouped) {
  for (const char* text :
       {"0a06ff", "0A 06 fF", " 0a:06:ff ", "0x0a, 0x06, 0xFF", "0a\n06\r\n\tff", "0 a 06ff"}) {
    const auto bytes = bytes_of_hex(text);
    ASSERT_TRUE(bytes) << text;
    EXPECT_EQ(*bytes, "\x0a\x06\xff") << text;
  }
  EXPECT_EQ(*bytes_of_hex(""), "");
  EXPECT_EQ(*bytes_of_hex("00"), "\0"s);
}

TEST(decode_input, names_the_character_that_is_no_digit) {
  const auto bytes = bytes_of_hex("0a 0g");
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().why,
            "'g' at character 5 is no hexadecimal digit; if the bytes are written otherwise, say "
            "--from base64 or --from binary");
  EXPECT_NE(bytes_of_hex("0\x1b").error().why.find("'\\x1b' at character 2"), std::string::npos);
  EXPECT_FALSE(bytes_of_hex("0:a"));
  EXPECT_EQ(bytes_of_hex("0a0").error().why,
            "the last byte, after 1 byte, has only one hexadecimal digit; each byte takes two");
}

TEST(decode_input, reads_both_alphabets_of_base64) {
  EXPECT_EQ(*bytes_of_base64("CgZNYXJ0aW4="), "\x0a\x06Martin");
  EXPECT_EQ(*bytes_of_base64("CgZNYXJ0aW4"), "\x0a\x06Martin");
  EXPECT_EQ(*bytes_of_base64("CgZN\nYXJ0 aW4=\n"), "\x0a\x06Martin");
  EXPECT_EQ(*bytes_of_base64("-_8="), *bytes_of_base64("+/8="));
  EXPECT_EQ(*bytes_of_base64(""), "");
}

TEST(decode_input, says_what_is_wrong_with_base64) {
  EXPECT_NE(bytes_of_base64("CgZ!").error().why.find("'!' at character 4 is not of Base64"),
            std::string::npos);
  EXPECT_NE(bytes_of_base64("CgZNY").error().why.find("5 characters"), std::string::npos);
  EXPECT_FALSE(bytes_of_base64("Cg=A"));
}

TEST(decode_input, takes_binary_as_it_is) {
  EXPECT_EQ(bytes_of("\x0a g", written_as::binary), "\x0a g");
  EXPECT_THROW(bytes_of("xyz", written_as::hex), std::runtime_error);
}

}  // namespace
}  // namespace grpcwire::tools
