#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/io/address.hpp>

namespace grpcwire::transport::io {
namespace {

TEST(address, of_a_host_takes_the_port_or_the_default) {
  const struct {
    std::string text;
    std::string host;
    std::uint16_t port;
  } cases[]{
      {"localhost:50051", "localhost", 50051},
      {"localhost", "localhost", 443},
      {"127.0.0.1:0", "127.0.0.1", 0},
      {"[::1]:65535", "::1", 65535},
      {"[::1]", "::1", 443},
      {"::1", "::1", 443},
      {"fe80::1%eth0", "fe80::1%eth0", 443},
      {"[::]:1", "::", 1},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_address(c.text, 443);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    const auto* host = std::get_if<host_port>(&*parsed);
    ASSERT_NE(host, nullptr) << c.text;
    EXPECT_EQ(host->host, c.host) << c.text;
    EXPECT_EQ(host->port, c.port) << c.text;
  }
}

TEST(address, of_a_unix_socket_is_a_path_or_an_abstract_name) {
  const struct {
    std::string text;
    std::string path;
  } cases[]{
      {"unix:/tmp/x", "/tmp/x"},
      {"unix:relative", "relative"},
      {"unix:///tmp/x", "/tmp/x"},
      {"unix-abstract:name", std::string("\0name", 5)},
      {"unix:" + std::string(107, 'x'), std::string(107, 'x')},
      {"unix-abstract:" + std::string(107, 'x'), '\0' + std::string(107, 'x')},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_address(c.text, 443);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
    const auto* path = std::get_if<unix_path>(&*parsed);
    ASSERT_NE(path, nullptr) << c.text;
    EXPECT_EQ(path->path, c.path) << c.text;
  }
}

TEST(address, that_is_wrong_says_what_is_wrong) {
  const struct {
    std::string text;
    std::string words;
  } cases[]{
      {"", "the host is empty"},
      {":1", "the host is empty"},
      {"[]:1", "the host is empty"},
      {"host:", "no port behind the colon"},
      {"[::1]:", "no port behind the colon"},
      {"host:x", "no number from 0 to 65535"},
      {"host:-1", "no number from 0 to 65535"},
      {"host:65536", "no number from 0 to 65535"},
      {"host:1x", "no number from 0 to 65535"},
      {"[::1", "not closed"},
      {"[::1]x", "only :port may follow ]"},
      {"unix:", "needs a path"},
      {"unix-abstract:", "needs a name"},
      {"unix:" + std::string(108, 'x'), "at most 107 bytes"},
      {"unix-abstract:" + std::string(108, 'x'), "at most 107 bytes"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_address(c.text, 443);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_NE(parsed.error().find(c.words), std::string::npos) << c.text << ": " << parsed.error();
  }
}

TEST(address, as_text_can_be_parsed_again) {
  for (const std::string text :
       {"localhost:50051", "127.0.0.1:1", "[::1]:2", "unix:/tmp/x", "unix-abstract:name"}) {
    const auto parsed = parse_address(text, 443);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(to_string(*parsed), text);
  }
}

}  // namespace
}  // namespace grpcwire::transport::io
