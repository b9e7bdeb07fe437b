// A target that lists its servers, instead of a name behind which they are found.
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include <asio/ip/address.hpp>

#include <grpcwire/rpc/result.hpp>

/// `ipv4:10.0.0.1:50051,10.0.0.2:50051`, or one sentence with what is wrong. Host names would have
/// to be looked up: for all addresses of one name there is `dns:///host:port`.
inline grpcwire::result<std::string> target_of(const std::vector<std::string>& servers) {
  std::string target;
  for (const std::string& server : servers) {
    const bool v6 = server.starts_with('[');
    const auto colon = server.rfind(':');
    const std::string host = server.substr(0, colon);
    std::error_code bad;
    if (colon == std::string::npos) bad = std::make_error_code(std::errc::invalid_argument);
    if (!bad) asio::ip::make_address(v6 ? host.substr(1, host.size() - 2) : host, bad);
    if (bad) {
      return grpcwire::status(
          grpcwire::status_code::invalid_argument,
          "\"" + server + "\" is no address with a port, such as 127.0.0.1:50051");
    }
    target += target.empty() ? (v6 ? "ipv6:" : "ipv4:") + server : "," + server;
  }
  return target;
}
