// HOST:PORT as people type it, and what they are told when it is not.
#include "tools/grpcwire/host_port.hpp"

#include <gtest/gtest.h>

namespace grpcwire::tools {
namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_host_port(text);
  return parsed ? "none" : parsed.error();
}

TEST(host_port, takes_names_addresses_and_a_bare_port) {
  EXPECT_EQ(*parse_host_port("localhost:50051"), (host_port{"localhost", 50051}));
  EXPECT_EQ(*parse_host_port("10.0.0.1:0"), (host_port{"10.0.0.1", 0}));
  EXPECT_EQ(*parse_host_port("[::1]:65535"), (host_port{"::1", 65535}));
  EXPECT_EQ(*parse_host_port(":80"), (host_port{"127.0.0.1", 80}));
}

TEST(host_port, says_what_is_wrong) {
  EXPECT_EQ(error_of("50051"), "\"50051\" is not HOST:PORT: there is no colon and no port");
  EXPECT_EQ(error_of("::1:50051"),
            "\"::1:50051\" is not HOST:PORT: an IPv6 address needs brackets, as in [::1]:50051");
  EXPECT_EQ(error_of("[]:1"),
            "\"[]:1\" is not HOST:PORT: there is no address between the brackets");
  EXPECT_EQ(error_of("http://a"),
            "\"http://a\" is not HOST:PORT: the port must be a number from 0 to 65535");
  for (const std::string_view text : {"a:", "a:65536", "a:-1", "a:1x", "a: 1", "a:0x1"}) {
    EXPECT_NE(error_of(text).find("the port must be a number from 0 to 65535"), std::string::npos)
        << text;
  }
  EXPECT_NE(error_of("a/b:1").find("neither a name nor an address"), std::string::npos);
}

TEST(host_port, is_written_as_it_is_typed) {
  EXPECT_EQ(to_string(host_port{"::1", 1}), "[::1]:1");
  EXPECT_EQ(to_string(host_port{"localhost", 50051}), "localhost:50051");
}

}  // namespace
}  // namespace grpcwire::tools
