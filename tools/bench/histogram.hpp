// A log-linear histogram: times from a nanosecond to centuries, each known to within one per cent.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

class histogram {
 public:
  void record(std::uint64_t value) noexcept {
    ++counts_[index(value)];
    ++total_;
    sum_ += value;
    max_ = std::max(max_, value);
  }

  void add(const histogram& other) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t total() const noexcept { return total_; }
  std::uint64_t max() const noexcept { return max_; }
  double mean() const noexcept {
    return total_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(total_);
  }

  /// The value that this share of the recorded ones does not exceed; share from 0 to 1.
  std::uint64_t quantile(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return std::min(middle(i), max_);
    }
    return max_;
  }

 private:
  static constexpr unsigned step_bits = 7;  // each doubling has 128 steps
  static constexpr std::uint64_t steps = 1U << step_bits;

  /// Below 2 · steps a value is its own index; from there on its highest eight bits count.
  static std::size_t index(std::uint64_t value) noexcept {
    const unsigned width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > step_bits + 1 ? width - (step_bits + 1) : 0;
    return static_cast<std::size_t>(shift * steps + (value >> shift));
  }
  static std::uint64_t middle(std::size_t i) noexcept {
    if (i < 2 * steps) return i;
    const std::uint64_t shift = i / steps - 1;
    return ((i - shift * steps) << shift) + ((std::uint64_t{1} << shift) / 2);
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>((64 - step_bits + 1) * steps);
  std::uint64_t total_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace bench
