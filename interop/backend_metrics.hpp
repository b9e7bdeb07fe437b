// The balancing policy of the ORCA cases, and what it hears of the load of servers (gRPC A51).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <grpcwire/rpc/load_balancer.hpp>

namespace grpcwire::interop {

/// Serialised xds.data.orca.v3.OrcaLoadReports of calls that ended. Any thread.
class heard_loads {
 public:
  /// So many calls have ended.
  std::size_t calls() const;
  /// Of the last call, once more than `known` have ended: what the server said in its trailers, or
  /// had said last out of band, or nothing. Null: no call ended within `limit`.
  std::optional<std::string> after(std::size_t known, std::chrono::milliseconds limit) const;

  void add(std::string report);

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::size_t calls_ = 0;
  std::string last_;
};

inline constexpr auto backend_metrics_name = "test_backend_metrics_load_balancer";

/// Calls go to the first server that is READY. Each is asked for reports out of band, every second.
load_balancer_kind backend_metrics_policy(std::shared_ptr<heard_loads> to);

}  // namespace grpcwire::interop
