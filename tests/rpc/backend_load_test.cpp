// What servers are asked for when they are to report their load by themselves.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/rpc/backend_load.hpp>

namespace grpcwire::detail {
namespace {

using namespace std::literals;

TEST(a_request_for_load_reports, has_the_interval) {
  EXPECT_EQ(load_report_request(10s), "\x0a\x02\x08\x0a"s);
  EXPECT_EQ(load_report_request(1500ms), "\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01"s);
  EXPECT_EQ(load_report_request(1ns), "\x0a\x02\x10\x01"s);
  EXPECT_EQ(load_report_request(0s), "") << "as the server likes";
}

}  // namespace
}  // namespace grpcwire::detail
