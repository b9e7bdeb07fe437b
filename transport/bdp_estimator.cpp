#include "bdp_estimator.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace grpcwire::transport {
namespace {

constexpr std::size_t asleep = std::numeric_limits<std::size_t>::max();
constexpr std::size_t data_min = 65'536;  // bytes between two samples
constexpr double used_up = 0.5;           // of the window
constexpr double faster = 1.1;            // than ever before: more than chance
constexpr double growth = 2;
constexpr double round_trip_min = 1e-6;  // seconds; a clock may stand still

}  // namespace

bdp_estimator::bdp_estimator(std::uint32_t window, std::uint32_t window_max) noexcept
    : next_(asleep), window_(window), window_max_(window_max) {
  wait_for_data();
}

void bdp_estimator::wait_for_data() noexcept {
  bytes_ = 0;
  next_ = window_ < window_max_ ? std::max<std::size_t>(window_ / 8, data_min) : asleep;
}

bool bdp_estimator::begin_sample(std::size_t size, time_point now) noexcept {
  sampling_ = true;
  bytes_ = size;
  next_ = asleep;
  pinged_at_ = now;
  return true;
}

std::optional<std::uint32_t> bdp_estimator::acknowledged(time_point now) noexcept {
  if (!sampling_) return std::nullopt;
  sampling_ = false;
  const auto sample = static_cast<double>(bytes_);
  const std::chrono::duration<double> round_trip = now - pinged_at_;
  const double bandwidth = sample / std::max(round_trip.count(), round_trip_min);
  const bool fastest = bandwidth >= bandwidth_max_ * faster;
  bandwidth_max_ = std::max(bandwidth_max_, bandwidth);
  const double wanted = std::min<double>(growth * sample, window_max_);
  if (!fastest || sample < used_up * window_ || wanted <= window_) {
    wait_for_data();
    return std::nullopt;
  }
  window_ = static_cast<std::uint32_t>(wanted);
  wait_for_data();
  return window_;
}

}  // namespace grpcwire::transport
