// Where to connect to and where to listen, as text: `host:port`, `[v6]:port`, `unix:path`,
// `unix-abstract:name`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::transport::io {

struct host_port {
  std::string host;
  std::uint16_t port = 0;
};
/// `path` is what the operating system takes: a leading NUL for abstract names.
struct unix_path {
  std::string path;
};
using address = std::variant<host_port, unix_path>;

/// The error is a sentence with what is wrong and what is wanted.
codec::result<address, std::string> parse_address(std::string_view text,
                                                  std::uint16_t default_port);
std::string to_string(const address& a);
/// Of `host:port`, `[v6]:port` or either one alone: the host, without brackets.
std::string host_of(std::string_view authority);

}  // namespace grpcwire::transport::io
