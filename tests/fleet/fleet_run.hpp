// One run: 50 servers that crash, drain and are cut off, a resolver that errs, a channel over them
// with 20,000 calls, all drawn from a seed; then a calm, in which the spread of calls is measured.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace grpcwire::fleet {

struct run_settings {
  std::uint64_t seed = 1;
  std::size_t servers = 50;
  std::size_t calls_in_storm = 15'000;
  std::size_t calls_in_calm = 5'000;
  std::string policy = R"({"round_robin": {}})";  ///< as in loadBalancingConfig
};

/// One call, as its caller and the servers saw it.
struct call_record {
  bool retryable = false;  ///< by the service config
  int ended = 0;           ///< how often its end was heard
  int handled = 0;         ///< how often a server began it
  int code = -1;
  bool answered_by_who_says_so = false;  ///< the reply is from a server that handled it
};

struct run_result {
  bool finished = false;
  std::vector<call_record> calls;
  std::map<std::string, int> ends_in_storm;  ///< by code
  std::map<std::string, int> ends_in_calm;
  std::vector<int> served_in_storm;  ///< by server
  std::vector<int> served_in_calm;
  std::map<std::string, int> events;  ///< what the storm did, how often
  std::size_t left_at_servers = 0;    ///< connections, at the very end
  std::uint64_t digest = 0;           ///< of everything that happened, with its time
};

run_result run(const run_settings& settings);

}  // namespace grpcwire::fleet
