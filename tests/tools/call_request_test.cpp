// What `grpcwire call` makes of its command line.
#include "tools/grpcwire/lab/call_request.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace grpcwire::tools {
namespace {

using namespace std::chrono_literals;

std::string value_in(const call_fields& call, std::string_view name) {
  const codec::header_fields fields = request_fields(call);
  std::string values;
  for (const codec::header_view& field : fields.view()) {
    if (field.name == name) values += (values.empty() ? "" : "|") + std::string(field.value);
  }
  return values;
}

TEST(call_request, reads_times_in_common_and_grpc_units) {
  EXPECT_EQ(parse_time("1s"), 1s);
  EXPECT_EQ(parse_time("1S"), 1s);
  EXPECT_EQ(parse_time("250ms"), 250ms);
  EXPECT_EQ(parse_time("250m"), 250ms);
  EXPECT_EQ(parse_time("2min"), 2min);
  EXPECT_EQ(parse_time("2M"), 2min);
  EXPECT_EQ(parse_time("3h"), 3h);
  for (const char* wrong : {"", "1", "s", "0s", "-1s", "1.5s", "1 s", "9223372036854775807h"}) {
    EXPECT_THROW(parse_time(wrong), std::runtime_error) << wrong;
  }
}

TEST(call_request, writes_timeouts_in_the_largest_exact_unit) {
  EXPECT_EQ(timeout_in_words(1s), "1S");
  EXPECT_EQ(timeout_in_words(1500ms), "1500m");
  EXPECT_EQ(timeout_in_words(60s), "1M");
  EXPECT_EQ(timeout_in_words(48h), "48H");
  EXPECT_EQ(timeout_in_words(7ns), "7n");
}

TEST(call_request, reads_metadata) {
  using field = std::pair<std::string, std::string>;
  EXPECT_EQ(parse_metadata("a: b"), field("a", "b"));
  EXPECT_EQ(parse_metadata("a:  b: c "), field("a", "b: c"));
  EXPECT_EQ(parse_metadata("a:"), field("a", ""));
  EXPECT_EQ(parse_metadata("a-bin: AP8="), field("a-bin", std::string("\0\xff", 2)));
  for (const char* wrong : {"a", ": b", "A: b", "grpc-a: b", "te: x", "a-bin: !", "a: \x01"}) {
    EXPECT_THROW(parse_metadata(wrong), std::runtime_error) << wrong;
  }
}

TEST(call_request, puts_everything_into_the_header_list) {
  call_fields call;
  call.path = "/p.S/M";
  call.authority = "host:1";
  call.content_type = "application/grpc+proto";
  call.metadata = {{"a", "1"}, {"a", "2"}, {"b-bin", "\x01"}};
  EXPECT_EQ(value_in(call, ":path"), "/p.S/M");
  EXPECT_EQ(value_in(call, ":scheme"), "http");
  EXPECT_EQ(value_in(call, "content-type"), "application/grpc+proto");
  EXPECT_EQ(value_in(call, "grpc-timeout"), "");
  EXPECT_EQ(value_in(call, "grpc-encoding"), "");
  EXPECT_EQ(value_in(call, "a"), "1|2");
  EXPECT_EQ(value_in(call, "b-bin"), "AQ");
  call.tls = true;
  call.gzip = true;
  call.deadline = 1s;
  EXPECT_EQ(value_in(call, ":scheme"), "https");
  EXPECT_EQ(value_in(call, "grpc-timeout"), "1S");
  EXPECT_EQ(value_in(call, "grpc-encoding"), "gzip");
}

}  // namespace
}  // namespace grpcwire::tools
