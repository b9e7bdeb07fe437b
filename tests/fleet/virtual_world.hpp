// Time and chance of this test program. Its linker puts these in place of the machine's (--wrap in
// tests/CMakeLists.txt), for every file and library in it: a minute passes in a moment, and a run
// repeats itself from its seed, with the channels, servers, timers and sockets that ship.
#pragma once

#include <chrono>
#include <cstdint>

#include <asio/io_context.hpp>

namespace grpcwire::fleet {

/// std::random_device draws from this seed from now on.
void set_chance(std::uint64_t seed);
/// std::chrono::steady_clock goes on by this much; it stands still otherwise.
void pass(std::chrono::milliseconds time);

/// Runs what is ready, then lets a millisecond pass, until `done()`. False: not by `limit`.
template <class Done>
bool run_until(asio::io_context& io, Done done, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    io.restart();
    while (io.poll() != 0) continue;
    pass(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace grpcwire::fleet
