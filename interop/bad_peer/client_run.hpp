// Runs cases of the bad client against a server and judges the answers.
#pragma once

#include <cstdint>
#include <string>

#include "client_case.hpp"
#include "expectation.hpp"

namespace grpcwire::bad_peer {

struct client_verdict {
  bool good = false;
  observation seen;
  std::string remark;  ///< why it is not good, when what was seen does not say it
};

/// Runs the case on a connection of its own, then a good call: on the same connection if that has
/// survived, and on a new one. Both have to succeed, whatever the case was. Throws
/// std::runtime_error when there is no server.
client_verdict run_case(const client_case& which, const std::string& host, std::uint16_t port);

}  // namespace grpcwire::bad_peer
