// The command line of interop_server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "flag_values.hpp"
#include "tls_flags.hpp"

namespace grpcwire::interop {

enum class address_type { ipv4, ipv6, both };

struct server_flags {
  std::uint16_t port = 10'000;  ///< 0 takes a free one
  address_type addresses = address_type::both;
  std::uint32_t max_concurrent_streams = 256;  ///< of each connection
  /// Of the test of connection back-off, both or none: ReconnectService, always in plaintext, and
  /// where each connection is closed. 0 takes a free one.
  std::optional<std::uint16_t> control_port;
  std::optional<std::uint16_t> retry_port;
  server_tls_flags tls;

  /// What to listen on.
  std::string address() const { return address(port); }
  std::string address(std::uint16_t at) const;
};

parse_outcome parse_server_flags(int argc, char** argv, server_flags& to);

}  // namespace grpcwire::interop
