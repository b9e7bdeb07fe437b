#include <algorithm>
#include <chrono>
#include <limits>

#include <grpcwire/transport/bdp_estimator.hpp>

namespace grpcwire::transport {
namespace {

constexpr std::size_t asleep = std::numeric_limits<std::size_t>::max();
constexpr std::size_t data_min = 65'536;        // bytes between two samples
constexpr std::uint32_t samples_averaged = 10;  // then the newest counts `newest_weight`
constexpr double newest_weight = 0.9;
// A sample holds at most one and a half times what the path does: the peer goes on sending while
// the PING travels to it.
constexpr double sample_excess = 1.5;
constexpr double full_share = 2.0 / 3;  // of the window: it holds the peer back
constexpr double growth = 2;
constexpr double round_trip_min = 1e-6;  // a clock may stand still

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
  const std::chrono::duration<double> took = now - pinged_at_;
  const double newest = std::max(took.count(), round_trip_min);
  ++samples_;
  const double weight = samples_ < samples_averaged ? 1.0 / samples_ : newest_weight;
  round_trip_ += (newest - round_trip_) * weight;
  const double bandwidth = sample / (round_trip_ * sample_excess);
  const bool fastest = bandwidth >= bandwidth_max_;
  bandwidth_max_ = std::max(bandwidth_max_, bandwidth);
  const double wanted = std::min<double>(growth * sample, window_max_);
  if (!fastest || sample < full_share * window_ || wanted <= window_) {
    wait_for_data();
    return std::nullopt;
  }
  window_ = static_cast<std::uint32_t>(wanted);
  wait_for_data();
  return window_;
}

}  // namespace grpcwire::transport
