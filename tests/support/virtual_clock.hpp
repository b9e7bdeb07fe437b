// Time for tests: it moves when it is told to.
#pragma once

#include <chrono>

#include <grpcwire/transport/time.hpp>

namespace grpcwire::tests {

class virtual_clock {
 public:
  using time_point = transport::time_point;

  time_point now() const noexcept { return now_; }
  void advance(time_point::duration by) noexcept { now_ += by; }
  /// Never goes back.
  void advance_to(time_point to) noexcept {
    if (to > now_) now_ = to;
  }

 private:
  // Not zero, so that a moment that was forgotten is seen.
  time_point now_{std::chrono::hours(1)};
};

}  // namespace grpcwire::tests
