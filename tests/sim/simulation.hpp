// One run: a client and a server with the code that ships, a connection between them, and what has
// to be true of it in the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <grpcwire/codec/status_code.hpp>

namespace grpcwire::sim {

struct run_report {
  std::vector<std::string> problems;
  std::size_t calls = 0;
  std::map<codec::status_code, std::size_t> statuses;
  std::string up;    ///< every byte that arrived at the server
  std::string down;  ///< … and at the client
};

run_report run(std::uint64_t seed);

}  // namespace grpcwire::sim
