// The command line of interop_client.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <grpcwire/codec/metadata.hpp>

#include "flag_values.hpp"
#include "tls_flags.hpp"

namespace grpcwire::interop {

struct soak_flags {
  int iterations = 10;
  int max_failures = 0;
  int per_iteration_max_acceptable_latency_ms = 1000;
  std::optional<int> overall_timeout_seconds;  ///< none: what all iterations may take together
  int min_time_ms_between_rpcs = 0;
  int request_size = 271'828;   ///< bytes
  int response_size = 314'159;  ///< bytes
  int num_threads = 1;

  std::chrono::milliseconds overall_timeout() const {
    if (overall_timeout_seconds) return std::chrono::seconds(*overall_timeout_seconds);
    return std::chrono::milliseconds(per_iteration_max_acceptable_latency_ms) * iterations;
  }
};

/// Of the test of connection back-off.
struct reconnect_flags {
  std::uint16_t control_port = 0;  ///< of the ReconnectService; 0: not given
  std::uint16_t retry_port = 0;    ///< where connections are closed; 0: not given
  std::chrono::milliseconds max_backoff{120'000};
  std::chrono::seconds duration{540};
};

struct client_flags {
  std::string server_host = "localhost";
  std::uint16_t server_port = 10'000;
  std::string server_host_override;
  std::string test_case = "large_unary";
  metadata additional_metadata;
  std::string service_config = "{}";
  client_tls_flags tls;
  int num_times = 1;
  soak_flags soak;
  std::chrono::seconds iteration_interval{10};  ///< of long_lived_channel
  reconnect_flags reconnect;

  /// Port 0 means that the host is a whole target already.
  std::string target() const { return target(server_port); }
  std::string target(std::uint16_t port) const;
};

parse_outcome parse_client_flags(int argc, char** argv, client_flags& to);

/// `k:v;k2:v2`: a key ends at the first colon, a value at the next semicolon; upper case in keys
/// counts as lower case, binary (`-bin`) keys are refused. Throws CLI::ValidationError for these
/// and for text that metadata cannot carry.
metadata parse_additional_metadata(const std::string& text);

}  // namespace grpcwire::interop
