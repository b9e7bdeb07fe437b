// What is asked of a health service and what it answers, byte by byte.
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <grpcwire/rpc/backend_health.hpp>

namespace grpcwire::detail {
namespace {

using namespace std::literals;

std::string answer(std::string_view bytes) {
  return std::string(health_in(codec::as_bytes(bytes)).value_or("nothing"));
}

TEST(a_health_request, names_the_service) {
  EXPECT_EQ(health_request("a.B"), "\x0a\x03\x61.B"s);
  EXPECT_EQ(health_request(""), "");
  const std::string long_name(300, 'x');
  EXPECT_EQ(health_request(long_name), "\x0a\xac\x02"s + long_name);
}

TEST(a_health_response, has_one_of_four_statuses) {
  EXPECT_EQ(answer("\x08\x01"s), "SERVING");
  EXPECT_EQ(answer("\x08\x02"s), "NOT_SERVING");
  EXPECT_EQ(answer("\x08\x03"s), "SERVICE_UNKNOWN");
  EXPECT_EQ(answer("\x08\x00"s), "UNKNOWN");
  EXPECT_EQ(answer(""), "UNKNOWN") << "fields that are not there are 0";
  EXPECT_EQ(answer("\x08\x63"s), "UNKNOWN") << "of a later version";
}

TEST(a_health_response, may_have_fields_that_are_not_known) {
  EXPECT_EQ(answer("\x12\x03\x61\x62\x63\x08\x01\x18\x05"s), "SERVING");
  EXPECT_EQ(answer("\x25\x01\x02\x03\x04\x08\x02\x19\x01\x02\x03\x04\x05\x06\x07\x08"s),
            "NOT_SERVING");
}

TEST(a_health_response, says_the_last_thing_when_it_says_two) {
  EXPECT_EQ(answer("\x08\x01\x08\x02"s), "NOT_SERVING");
}

TEST(a_health_response, that_is_broken_says_nothing) {
  for (const std::string_view bytes :
       {"\x08"sv, "\x08\xff"sv, "\x12\x05\x61"sv, "\x00\x08\x01"sv, "\x0b\x08\x01"sv,
        "\x08\x01\x25\x01"sv, "\x02\x00\x08\x01"sv}) {
    EXPECT_EQ(answer(bytes), "nothing");
  }
}

}  // namespace
}  // namespace grpcwire::detail
