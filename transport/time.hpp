// Time as an argument: the pure folders are told what time it is, they never look.
#pragma once

#include <chrono>

namespace grpcwire::transport {

/// A moment of a clock that only goes forward. The owner of a session decides which one: the real
/// one at the edge, a virtual one in the simulation.
using time_point = std::chrono::steady_clock::time_point;

}  // namespace grpcwire::transport
