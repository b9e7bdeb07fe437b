// Counting: which bucket, which cell, which clock.
#include "metric_series.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <grpcwire/rpc/call_meter.hpp>

namespace grpcwire::detail {
namespace {

using codec::status_code;
using clock = std::chrono::steady_clock;

constexpr std::array<std::uint64_t, duration_bounds> bounds_us = {
    0,         10,        50,         100,        300,        600,        800,
    1000,      2000,      3000,       4000,       5000,       6000,       8000,
    10'000,    13'000,    16'000,     20'000,     25'000,     30'000,     40'000,
    50'000,    65'000,    80'000,     100'000,    130'000,    160'000,    200'000,
    250'000,   300'000,   400'000,    500'000,    650'000,    800'000,    1'000'000,
    2'000'000, 5'000'000, 10'000'000, 20'000'000, 50'000'000, 100'000'000};

constexpr std::array<std::uint64_t, size_bounds> bounds_bytes = {
    0,        1U << 10, 2U << 10,  4U << 10,  16U << 10,  64U << 10, 256U << 10,
    1U << 20, 4U << 20, 16U << 20, 64U << 20, 256U << 20, 1U << 30,  std::uint64_t{4} << 30};

template <std::size_t N>
constexpr std::array<double, N> scaled(const std::array<std::uint64_t, N>& from, double divisor) {
  std::array<double, N> to{};
  for (std::size_t i = 0; i < N; ++i) to[i] = static_cast<double>(from[i]) / divisor;
  return to;
}

}  // namespace

const std::array<double, duration_bounds> duration_bounds_s = scaled(bounds_us, 1e6);
const std::array<double, size_bounds> size_bounds_bytes = scaled(bounds_bytes, 1);
const std::array<double, retry_bounds> retry_bounds_count = {1, 2, 3, 4, 5};
const std::array<double, transparent_retry_bounds> transparent_retry_bounds_count = {1, 2, 3,
                                                                                     4, 5, 10};

std::size_t duration_bucket(std::chrono::nanoseconds time) noexcept {
  // Rounded up: what is above a bound by a nanosecond is above it.
  const auto us =
      static_cast<std::uint64_t>((std::max<std::int64_t>(time.count(), 0) + 999) / 1000);
  const auto* at = std::lower_bound(bounds_us.begin(), bounds_us.end(), us);
  return static_cast<std::size_t>(at - bounds_us.begin());
}

std::size_t size_bucket(std::uint64_t bytes) noexcept {
  const auto* at = std::lower_bound(bounds_bytes.begin(), bounds_bytes.end(), bytes);
  return static_cast<std::size_t>(at - bounds_bytes.begin());
}

// ---- series

call_series::~call_series() {
  for (auto& shard : cells_) {
    for (auto& cell : shard) const std::unique_ptr<status_cell> last(cell.load());
  }
}

std::size_t call_series::shard_of_this_thread() noexcept {
  return std::hash<std::thread::id>()(std::this_thread::get_id()) % shards;
}

void call_series::started() noexcept {
  started_[shard_of_this_thread()].value.fetch_add(1, std::memory_order_relaxed);
}

status_cell& call_series::cell(status_code code) {
  auto& place = cells_[shard_of_this_thread()][static_cast<std::size_t>(code)];
  if (status_cell* there = place.load(std::memory_order_acquire)) return *there;
  auto made = std::make_unique<status_cell>();
  status_cell* there = nullptr;
  if (place.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *there;  // another thread of this shard was faster
}

void call_series::add(status_cell& to, std::chrono::nanoseconds duration) noexcept {
  to.duration.record(duration_bucket(duration),
                     static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)));
}

void call_series::record_duration(status_code code, std::chrono::nanoseconds duration) {
  add(cell(code), duration);
}

void call_series::record(status_code code, std::chrono::nanoseconds duration, std::uint64_t sent,
                         std::uint64_t received) {
  status_cell& to = cell(code);
  add(to, duration);
  to.sent.record(size_bucket(sent), sent);
  to.received.record(size_bucket(received), received);
}

std::uint64_t call_series::started_count() const noexcept {
  std::uint64_t sum = 0;
  for (const counter& c : started_) sum += c.value.load(std::memory_order_relaxed);
  return sum;
}

retry_series::~retry_series() {
  const std::unique_ptr<retry_cell> last(cell_.load());
}

void retry_series::record(const retry_counts& counts) {
  retry_cell* to = cell_.load(std::memory_order_acquire);
  if (to == nullptr) {
    auto made = std::make_unique<retry_cell>();
    if (cell_.compare_exchange_strong(to, made.get(), std::memory_order_acq_rel)) {
      to = made.release();
    }
  }
  const auto count = [](auto& histogram, const auto& bounds, std::uint32_t value) {
    if (value == 0) return;
    const auto* at = std::lower_bound(bounds.begin(), bounds.end(), value);
    histogram.record(static_cast<std::size_t>(at - bounds.begin()), value);
  };
  count(to->retries, retry_bounds_count, counts.retries);
  count(to->transparent, transparent_retry_bounds_count, counts.transparent);
  count(to->hedges, retry_bounds_count, counts.hedges);
  if (counts.delay > counts.delay.zero()) {
    to->delay.record(duration_bucket(counts.delay),
                     static_cast<std::uint64_t>(counts.delay.count()));
  }
}

// ---- meters

void server_call_meter::start(call_series& series) {
  series_ = &series;
  start_ = clock::now();
  series.started();
}

void server_call_meter::record(status_code code) {
  std::exchange(series_, nullptr)->record(code, clock::now() - start_, sent_, received_);
}

void client_call_meter::call_started(client_series& series) {
  series_ = &series;
  start_ = clock::now();
}

void client_call_meter::begin_attempt() {
  // The first one is as old as its call, which saves a look at the clock.
  if (attempt_start_ == clock::time_point()) {
    attempt_start_ = start_;
  } else {
    ++counts_.retries;
    end_wait();
  }
  in_attempt_ = true;
  sent_ = 0;
  received_ = 0;
  series_->attempts.started();
}

void client_call_meter::record_attempt(status_code code) {
  in_attempt_ = false;
  const auto now = clock::now();
  series_->attempts.record(code, now - std::exchange(attempt_start_, now), sent_, received_);
}

void client_call_meter::begin_wait() {
  attempt_start_ = clock::now();
}

void client_call_meter::end_wait() {
  const auto now = clock::now();
  counts_.delay += now - std::exchange(attempt_start_, now);
}

void client_call_meter::record_call(status_code code) {
  client_series& series = *series_;
  const auto now = clock::now();
  if (std::exchange(in_attempt_, false)) {
    series.attempts.record(code, now - attempt_start_, sent_, received_);
  } else if (attempt_start_ != clock::time_point()) {
    end_wait();
  }
  series_ = nullptr;
  series.calls.record_duration(code, now - start_);
  if (counts_.any()) series.retries.record(counts_);
}

}  // namespace grpcwire::detail
