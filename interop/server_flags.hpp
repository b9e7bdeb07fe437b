// The command line of interop_server.
#pragma once

#include <cstdint>
#include <string>

#include "flag_values.hpp"
#include "tls_flags.hpp"

namespace grpcwire::interop {

enum class address_type { ipv4, ipv6, both };

struct server_flags {
  std::uint16_t port = 10'000;  ///< 0 takes a free one
  address_type addresses = address_type::both;
  std::uint32_t max_concurrent_streams = 256;  ///< of each connection
  server_tls_flags tls;

  /// What to listen on.
  std::string address() const;
};

parse_outcome parse_server_flags(int argc, char** argv, server_flags& to);

}  // namespace grpcwire::interop
