// How long a channel waits before it tries to connect again.
#pragma once

#include <chrono>

namespace grpcwire {

/// gRPC doc/connection-backoff.md, with its figures.
struct backoff_settings {
  std::chrono::milliseconds initial{1000};
  double multiplier = 1.6;
  std::chrono::milliseconds max{120'000};
  double jitter = 0.2;  ///< of the delay, up and down
  std::chrono::milliseconds connect_timeout_min{20'000};

  bool operator==(const backoff_settings&) const = default;
};

}  // namespace grpcwire
