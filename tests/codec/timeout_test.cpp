// grpc-timeout: every unit, rounding, limits and what is refused.
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/timeout.hpp>

namespace grpcwire::codec {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::string formatted(nanoseconds left) {
  return std::string(format_timeout(left));
}

TEST(timeout, takes_the_smallest_unit_that_fits_in_eight_digits) {
  EXPECT_EQ(formatted(1ns), "1n");
  EXPECT_EQ(formatted(99'999'999ns), "99999999n");
  EXPECT_EQ(formatted(100ms), "100000u");
  EXPECT_EQ(formatted(1s), "1000000u");
  EXPECT_EQ(formatted(10s), "10000000u");
  EXPECT_EQ(formatted(99'999'999us), "99999999u");
  EXPECT_EQ(formatted(100s), "100000m");
  EXPECT_EQ(formatted(1h), "3600000m");
  EXPECT_EQ(formatted(99'999'999ms), "99999999m");
  EXPECT_EQ(formatted(100'000s), "100000S");
  EXPECT_EQ(formatted(99'999'999s), "99999999S");
  EXPECT_EQ(formatted(100'000'020s), "1666667M");
  EXPECT_EQ(formatted(99'999'999min), "99999999M");
  EXPECT_EQ(formatted(1'666'667h), "1666667H");
}

TEST(timeout, rounds_up_and_never_down) {
  EXPECT_EQ(formatted(100'000'000ns), "100000u");
  EXPECT_EQ(formatted(100'000'001ns), "100001u");
  EXPECT_EQ(formatted(100s + 1ns), "100001m");
  EXPECT_EQ(formatted(100'000s + 1ns), "100001S");
  EXPECT_EQ(formatted(99'999'999s + 1ns), "1666667M");
  EXPECT_EQ(formatted(99'999'999min + 1ns), "1666667H");
}

TEST(timeout, goes_to_the_next_unit_when_rounding_up_needs_a_ninth_digit) {
  EXPECT_EQ(formatted(99'999'999us + 1ns), "100000m");
  EXPECT_EQ(formatted(99'999'999ms + 1ns), "100000S");
}

TEST(timeout, formats_the_longest_duration) {
  EXPECT_EQ(formatted(nanoseconds::max()), "2562048H");
}

TEST(timeout, fits_nine_characters_and_comes_back_not_shorter) {
  for (std::int64_t count = 1; count < nanoseconds::max().count() / 7; count = count * 7 + 3) {
    const timeout_text text = format_timeout(nanoseconds(count));
    ASSERT_LE(text.size, 9);
    const auto back = parse_timeout(text);
    ASSERT_TRUE(back) << std::string(text);
    EXPECT_GE(back->count(), count) << std::string(text);
    EXPECT_LE(back->count() - count, count / 1000) << std::string(text);
  }
}

TEST(timeout, parses_every_unit) {
  const std::vector<std::pair<std::string_view, nanoseconds>> good = {
      {"1n", 1ns},
      {"2u", 2us},
      {"3m", 3ms},
      {"4S", 4s},
      {"5M", 5min},
      {"6H", 6h},
      {"0n", 0ns},
      {"0S", 0s},
      {"00000000H", 0h},
      {"007m", 7ms},
      {"99999999n", 99'999'999ns},
      {"99999999S", 99'999'999s},
      {"9999433u", 9'999'433us},
      {"99999999M", 99'999'999min},
  };
  for (const auto& [text, value] : good) EXPECT_EQ(parse_timeout(text), value) << text;
}

TEST(timeout, clamps_what_a_duration_cannot_hold) {
  EXPECT_EQ(parse_timeout("2562047H"), 2562047h);
  EXPECT_EQ(parse_timeout("2562048H"), nanoseconds::max());
  EXPECT_EQ(parse_timeout("99999999H"), nanoseconds::max());
}

TEST(timeout, refuses_what_is_no_timeout) {
  const std::vector<std::string_view> bad = {
      "",
      "1",
      "S",
      "n",
      "12",
      "100000000n",
      "123456789S",
      "1234567890S",
      "+1S",
      "-1S",
      "1 S",
      " 1S",
      "1S ",
      "1.5S",
      "0x1S",
      "1SS",
      "1h",
      "1s",
      "1N",
      "1U",
      "1x",
      "1\xc2\xb5",
      "1ms",
      "\xd9\xa1S",
      "/S",
      ":S",
      "1_0S",
      "infS",
      std::string_view("1\0", 2),
      std::string_view("\0S", 2),
  };
  for (const std::string_view text : bad) EXPECT_EQ(parse_timeout(text), std::nullopt) << text;
}

}  // namespace
}  // namespace grpcwire::codec
