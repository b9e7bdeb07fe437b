// Metrics of calls: the counters and histograms of gRPC A66 under OpenTelemetry's names. One object
// counts for any number of channels and servers (channel_options::metrics, server_options::metrics)
// and is read as a value or as text for Prometheus; metrics_page.hpp serves that text over HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/status_code.hpp>

namespace grpcwire {

namespace detail {
class metric_store;
}

enum class metric_kind : std::uint8_t { counter, histogram };

/// What was counted for one combination of labels.
struct metric_point {
  /// `grpc.method`: `package.Service/Method`. `other`: a method that the server does not have, or
  /// one beyond metrics_settings::methods_max.
  std::string method{};
  /// `grpc.target`, with its scheme, such as `dns:///localhost:50051`; empty: not a label of this
  /// metric. `other`: beyond metrics_settings::targets_max.
  std::string target{};
  std::optional<status_code> status{};  ///< `grpc.status`; null: not a label of this metric
  std::uint64_t count = 0;              ///< of a counter its value, of a histogram its recordings
  double sum = 0;                       ///< of a histogram: of all recordings, in its unit
  /// Of a histogram: recordings in each bucket, not cumulated. Bucket i has values above bound i-1
  /// up to bound i; the last one has those above every bound.
  std::vector<std::uint64_t> buckets{};
};

struct metric {
  std::string_view name;         ///< `grpc.client.call.duration`
  std::string_view unit;         ///< as UCUM writes it: `s`, `By`, `{call}`
  std::string_view description;  ///< one sentence
  metric_kind kind{};
  std::span<const double> bounds{};    ///< of a histogram; lives as long as the program
  std::vector<metric_point> points{};  ///< those with a count, by method, target and status
};

/// All metrics, also those without a point.
struct metrics_snapshot {
  std::vector<metric> all{};

  /// Null: there is no metric of this name.
  const metric* find(std::string_view name) const noexcept;
};

struct metrics_settings {
  /// Rows of `grpc.method`, for each target and for all servers together; what comes later is
  /// counted as `other`.
  std::size_t methods_max = 1000;
  std::size_t targets_max = 100;  ///< of channels; what comes later is counted as `other`
  /// Shows those of gRPC A96, too: `grpc.client.call.retries`, `.transparent_retries`, `.hedges`
  /// and
  /// `.retry_delay`.
  bool retries = false;
};

/// Counters only grow, for as long as the object lives. Any thread. Counting takes no lock, and no
/// memory once a method has ended with the same status before on the same thread.
class metrics {
 public:
  explicit metrics(const metrics_settings& settings = {});
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// What has been counted until now. A call that ends meanwhile may be in one histogram already
  /// and not yet in the next.
  metrics_snapshot snapshot() const;

  /// For channels and servers.
  detail::metric_store& store() noexcept { return *store_; }

 private:
  std::unique_ptr<detail::metric_store> store_;
};

/// The text format 0.0.4 of Prometheus, with the names that OpenTelemetry's exporter gives: dots
/// become underscores, then unit and `_total`, such as `grpc_server_call_duration_seconds_bucket`.
std::string prometheus_text(const metrics_snapshot& snapshot);

}  // namespace grpcwire
