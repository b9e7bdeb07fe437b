// Where metrics are counted: atomics that threads share as little as possible, found by method.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <grpcwire/codec/status_code.hpp>
#include <grpcwire/rpc/metrics.hpp>

namespace grpcwire::detail {

struct retry_counts;

inline constexpr std::size_t duration_bounds = 41;
inline constexpr std::size_t size_bounds = 14;
inline constexpr std::size_t retry_bounds = 5;
inline constexpr std::size_t transparent_retry_bounds = 6;
/// In seconds and bytes (gRPC A66).
extern const std::array<double, duration_bounds> duration_bounds_s;
extern const std::array<double, size_bounds> size_bounds_bytes;
/// How often (gRPC A96).
extern const std::array<double, retry_bounds> retry_bounds_count;
extern const std::array<double, transparent_retry_bounds> transparent_retry_bounds_count;
/// The first bucket whose bound is not below the value.
std::size_t duration_bucket(std::chrono::nanoseconds time) noexcept;
std::size_t size_bucket(std::uint64_t bytes) noexcept;

/// Values with one decimal unit, nanoseconds or bytes.
template <std::size_t Buckets>
class histogram_cell {
 public:
  void record(std::size_t bucket, std::uint64_t value) noexcept {
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }
  void add_to(metric_point& point, double unit) const {
    point.buckets.resize(Buckets);
    for (std::size_t i = 0; i < Buckets; ++i) {
      const std::uint64_t count = counts_[i].load(std::memory_order_relaxed);
      point.buckets[i] += count;
      point.count += count;
    }
    point.sum += static_cast<double>(sum_.load(std::memory_order_relaxed)) * unit;
  }

 private:
  std::array<std::atomic<std::uint64_t>, Buckets> counts_{};
  std::atomic<std::uint64_t> sum_ = 0;
};

/// What threads of one shard counted of the calls that ended with one status.
struct alignas(64) status_cell {
  histogram_cell<duration_bounds + 1> duration;
  histogram_cell<size_bounds + 1> sent;
  histogram_cell<size_bounds + 1> received;
};

/// The calls, or the attempts, of one method.
class call_series {
 public:
  call_series() = default;
  ~call_series();
  call_series(const call_series&) = delete;
  call_series& operator=(const call_series&) = delete;

  void started() noexcept;
  void record(codec::status_code code, std::chrono::nanoseconds duration, std::uint64_t sent,
              std::uint64_t received);

  void record_duration(codec::status_code code, std::chrono::nanoseconds duration);

  std::uint64_t started_count() const noexcept;
  /// Adds up one of the histograms of the cells of this status.
  template <class Histogram>
  metric_point total(codec::status_code code, Histogram status_cell::*histogram,
                     double unit) const {
    metric_point point;
    for (const auto& shard : cells_) {
      const status_cell* cell =
          shard[static_cast<std::size_t>(code)].load(std::memory_order_acquire);
      if (cell != nullptr) (cell->*histogram).add_to(point, unit);
    }
    return point;
  }

 private:
  static constexpr std::size_t shards = 8;
  static constexpr std::size_t codes = 17;
  struct alignas(64) counter {
    std::atomic<std::uint64_t> value = 0;
  };

  static std::size_t shard_of_this_thread() noexcept;
  static void add(status_cell& to, std::chrono::nanoseconds duration) noexcept;
  status_cell& cell(codec::status_code code);

  std::array<counter, shards> started_;
  // Made when they are first needed; owned.
  std::array<std::array<std::atomic<status_cell*>, codes>, shards> cells_{};
};

/// What calls of one method had besides one attempt, in the histograms of those that had any.
struct retry_cell {
  histogram_cell<retry_bounds + 1> retries;
  histogram_cell<transparent_retry_bounds + 1> transparent;
  histogram_cell<retry_bounds + 1> hedges;
  histogram_cell<duration_bounds + 1> delay;
};

/// Shared by all threads, because it is seldom needed; made when it first is.
class retry_series {
 public:
  retry_series() = default;
  ~retry_series();
  retry_series(const retry_series&) = delete;
  retry_series& operator=(const retry_series&) = delete;

  void record(const retry_counts& counts);
  /// Null: there was nothing.
  const retry_cell* cell() const noexcept { return cell_.load(std::memory_order_acquire); }

 private:
  std::atomic<retry_cell*> cell_ = nullptr;  // owned
};

/// Until a call is tried more than once, attempts and calls have the same durations.
struct client_series {
  call_series attempts;
  call_series calls;
  retry_series retries;
};

/// Series by method. Looking one up takes no lock; nothing is ever removed.
template <class Series>
class series_table {
 public:
  explicit series_table(std::size_t limit) : limit_(limit) {}

  /// `path` is `/package.Service/Method`.
  Series& find(std::string_view path) {
    const std::size_t hash = std::hash<std::string_view>()(path);
    if (entry* known = look_up(hash, path)) return known->series;
    if (full_.load(std::memory_order_relaxed)) return other_;
    const std::lock_guard lock(mutex_);
    if (entry* known = look_up(hash, path)) return known->series;
    if (entries_.size() >= limit_) {
      full_.store(true, std::memory_order_relaxed);
      return other_;
    }
    std::atomic<entry*>& head = heads_[hash % heads_.size()];
    entries_.push_back(std::make_unique<entry>(hash, path, head.load(std::memory_order_relaxed)));
    head.store(entries_.back().get(), std::memory_order_release);
    return entries_.back()->series;
  }
  Series& other() noexcept { return other_; }

  /// f(method, series), the method as the label has it.
  template <class F>
  void each(F f) const {
    const std::lock_guard lock(mutex_);
    for (const auto& e : entries_) {
      f(std::string_view(e->path).substr(e->path.starts_with('/') ? 1 : 0), e->series);
    }
    f(std::string_view("other"), other_);
  }

 private:
  struct entry {
    entry(std::size_t h, std::string_view p, entry* n) : hash(h), path(p), next(n) {}
    const std::size_t hash;
    const std::string path;
    entry* const next;
    Series series{};
  };

  entry* look_up(std::size_t hash, std::string_view path) const noexcept {
    entry* e = heads_[hash % heads_.size()].load(std::memory_order_acquire);
    while (e != nullptr && (e->hash != hash || e->path != path)) e = e->next;
    return e;
  }

  std::size_t limit_;
  std::atomic<bool> full_ = false;
  std::array<std::atomic<entry*>, 64> heads_{};  // of lists
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<entry>> entries_;
  Series other_{};
};

using client_table = series_table<client_series>;
using server_table = series_table<call_series>;

/// What a metrics object has behind it. Any thread.
class metric_store {
 public:
  explicit metric_store(const metrics_settings& settings);

  server_table& server() noexcept { return server_; }
  /// The methods of all channels with this target.
  client_table& client(std::string_view target);

  metrics_snapshot snapshot() const;

 private:
  struct target_entry {
    target_entry(std::string&& l, std::size_t limit) : label(std::move(l)), methods(limit) {}
    std::string label;
    client_table methods;
  };

  metrics_settings settings_;
  server_table server_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<target_entry>> targets_;
};

/// Null without metrics.
client_table* table_of(const std::shared_ptr<metrics>& counting, std::string_view target);

/// The label for a channel's target: with a scheme, `dns` when it has none.
std::string canonical_target(std::string_view target);

}  // namespace grpcwire::detail
