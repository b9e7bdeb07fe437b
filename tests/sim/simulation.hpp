// One run: a client and a server with the code that ships, a connection between them, and what has
// to be true of it in the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <grpcwire/codec/status.hpp>

#include "tests/sim/plan.hpp"

namespace grpcwire::sim {

struct run_report {
  std::vector<std::string> problems;
  std::size_t calls = 0;
  std::map<codec::status_code, std::size_t> statuses;
  std::vector<codec::status> ends;  ///< of the calls, in the order of the plan
  std::size_t on_time = 0;          ///< calls that had ended before the last resort: the loss
  std::string up;                   ///< every byte that arrived at the server
  std::string down;                 ///< … and at the client
};

/// With the plan that the seed makes, or with another one.
run_report run(std::uint64_t seed);
run_report run(const run_plan& plan, std::uint64_t seed);

}  // namespace grpcwire::sim
