// When a server refuses calls because it has too much to do.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace grpcwire {

/// A refused call ends with UNAVAILABLE before interceptors and handler see it: it is safe to
/// repeat, and another server may have room. Nothing is measured or counted unless a limit is set.
struct load_shedding {
  /// Calls of all connections together that are handled at a time, with those that were cancelled
  /// and whose handlers still run. Null: only session.max_concurrent_streams and
  /// max_handlers_per_connection of each connection limit them.
  std::optional<std::size_t> max_calls{};
  /// How long the executor of the server may take to get to what is ready to run. It is measured
  /// by a timer about twice in that time while there are connections; calls are refused from a
  /// measurement above it until the next one below. At least 1 ms. Null: never.
  std::optional<std::chrono::milliseconds> max_lag{};
  /// Sent with each refusal as `grpc-retry-pushback-ms` (gRFC A6): callers with a retry policy try
  /// again after this. Null: they decide themselves. 0 or more.
  std::optional<std::chrono::milliseconds> retry_pushback{};
  /// Calls that are never refused for load, by their path (`/package.Service/Method`); asked when
  /// one would be, on the connection's executor. The default spares health checks: who is busy is
  /// not ill. Null: none are spared.
  std::function<bool(std::string_view path)> spares = [](std::string_view path) {
    return path.starts_with("/grpc.health.v1.Health/");
  };
};

}  // namespace grpcwire
