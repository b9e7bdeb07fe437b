// Time as an argument: the pure folders are told what time it is, they never look.
#pragma once

#include <chrono>

namespace grpcwire::transport {

/// A moment of a clock that only goes forward. The owner of a session decides which one: the real
/// one at the edge, a virtual one in the simulation.
using time_point = std::chrono::steady_clock::time_point;

/// As a moment at which something is due: it is not, or it is already.
inline constexpr time_point never = time_point::max();
inline constexpr time_point at_once = time_point{};

/// `time` after `from`; what a clock cannot hold is never.
constexpr time_point later(time_point from, std::chrono::milliseconds time) noexcept {
  if (time >= std::chrono::duration_cast<std::chrono::milliseconds>(never - from)) return never;
  return from + time;
}

}  // namespace grpcwire::transport
