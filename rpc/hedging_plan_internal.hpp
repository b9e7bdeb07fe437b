// What the hedging policy of a method says while one of its calls runs (gRFC A6): when another
// attempt begins, and whether the failure of one is that of the call. It has no clock and no
// streams.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status_code.hpp>
#include <grpcwire/rpc/call_attempts.hpp>
#include <grpcwire/rpc/service_config.hpp>

namespace grpcwire::detail {

/// What the failure of an attempt means.
struct hedging_step {
  bool fatal = false;                              ///< the call has failed with it
  std::optional<std::chrono::nanoseconds> next{};  ///< another attempt begins after this
};

/// Takes a token for a failure that is not fatal, and for one that forbids other attempts.
void count_hedging_failure(const hedging_policy& policy, codec::status_code failure,
                           const codec::metadata& trailers, retry_throttle& throttle);

/// Of one call.
class hedging_plan {
 public:
  explicit hedging_plan(const hedging_policy& policy) noexcept : policy_(policy) {}

  /// An attempt begins; gives how many began before it.
  unsigned begin() noexcept { return begun_++; }
  unsigned begun() const noexcept { return begun_; }
  /// There is no other attempt.
  void stop() noexcept { stopped_ = true; }

  bool allows_more(const retry_throttle& throttle) const noexcept {
    const auto most = std::min<unsigned>(policy_.max_attempts, call_attempts::max_attempts);
    return !stopped_ && begun_ < most && throttle.allows();
  }
  /// How long the attempt that has just left may stay without an answer before another one begins;
  /// null: none does.
  std::optional<std::chrono::nanoseconds> patience(const retry_throttle& throttle) const noexcept {
    if (!allows_more(throttle)) return std::nullopt;
    return policy_.hedging_delay;
  }
  hedging_step failed(codec::status_code failure, const codec::metadata& trailers,
                      retry_throttle& throttle);

 private:
  const hedging_policy& policy_;
  unsigned begun_ = 0;
  bool stopped_ = false;
};

}  // namespace grpcwire::detail
