// The `HOST:PORT` of a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::tools {

struct host_port {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const host_port&, const host_port&) = default;
};

/// `localhost:50051`, `[::1]:50051`, or `:50051` for this machine only (127.0.0.1). The error says
/// in a sentence what is wrong with the text.
codec::result<host_port, std::string> parse_host_port(std::string_view text);

/// As it would be typed: IPv6 addresses get their brackets.
std::string to_string(const host_port& address);

}  // namespace grpcwire::tools
