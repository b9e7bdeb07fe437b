// When to try to connect again (gRPC doc/connection-backoff.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include <grpcwire/rpc/backoff_settings.hpp>

namespace grpcwire {

/// The delays between the starts of attempts. The caller gives the seed, so that a simulation can
/// repeat them.
class backoff {
 public:
  backoff(const backoff_settings& settings, std::uint32_t seed) noexcept
      : settings_(settings), next_(settings.initial), random_(seed) {}

  /// How long after the start of this attempt the next one may start, if this one fails.
  std::chrono::milliseconds next() {
    const auto base = static_cast<double>(next_.count());
    std::uniform_real_distribution<double> spread(1 - settings_.jitter, 1 + settings_.jitter);
    const auto most = static_cast<double>(settings_.max.count());
    const double grown = base * settings_.multiplier;
    next_ = std::chrono::milliseconds(static_cast<std::int64_t>(grown < most ? grown : most));
    return std::chrono::milliseconds(static_cast<std::int64_t>(base * spread(random_)));
  }

  /// A connection was ready: the next failure begins at the initial delay.
  void reset() noexcept { next_ = settings_.initial; }

 private:
  backoff_settings settings_;
  std::chrono::milliseconds next_;
  std::minstd_rand random_;
};

}  // namespace grpcwire
