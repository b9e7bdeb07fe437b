// Text of strangers, made fit for a log.
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/codec/utf8_internal.hpp>

namespace grpcwire::codec {
namespace {

TEST(one_line, has_one_space_for_all_white_space_in_a_row) {
  EXPECT_EQ(one_line(""), "");
  EXPECT_EQ(one_line(" \r\n\t"), "");
  EXPECT_EQ(one_line("<h1>502 Bad Gateway</h1>"), "<h1>502 Bad Gateway</h1>");
  EXPECT_EQ(one_line("\r\n<html>\r\n\t<p> a  b\n</html>\r\n"), "<html> <p> a b </html>");
}

TEST(one_line, has_no_control_characters) {
  EXPECT_EQ(one_line(std::string("a\0b\x1b[31mc\x7f", 10)), "a b [31mc");
}

TEST(one_line, keeps_utf8_and_marks_what_is_none) {
  EXPECT_EQ(one_line("Zeitüberschreitung \u263a \U0001f608"),
            "Zeitüberschreitung \u263a \U0001f608");
  EXPECT_EQ(one_line("a\xff\xfe z"), "a?? z");
  EXPECT_EQ(one_line("cut \xe2\x98"), "cut ??") << "in the middle of a character";
  EXPECT_EQ(one_line("\xc0\xaf\xed\xa0\x80"), "?????") << "overlong, surrogate";
}

}  // namespace
}  // namespace grpcwire::codec
