// When a call has to be over.
#pragma once

#include <chrono>
#include <optional>

namespace grpcwire {

/// A moment, or none. A duration counts from the construction of the deadline on, so
/// `{.deadline = 1s}` is one second from now. What a clock cannot hold is the furthest it can.
class deadline {
 public:
  using clock = std::chrono::steady_clock;

  constexpr deadline() noexcept = default;
  template <class Rep, class Period>
  deadline(std::chrono::duration<Rep, Period> from_now) : deadline(after(clock::now(), from_now)) {}
  /// Moments before the clock began are that beginning, so that differences stay in range.
  constexpr deadline(clock::time_point at) noexcept
      : at_(at < clock::time_point{} ? clock::time_point{} : at) {}

  const std::optional<clock::time_point>& at() const noexcept { return at_; }
  explicit operator bool() const noexcept { return at_.has_value(); }

  /// The one that comes first; none is later than all.
  friend deadline earlier(const deadline& a, const deadline& b) noexcept {
    if (!a.at_ || !b.at_) return a.at_ ? a : b;
    return *a.at_ < *b.at_ ? a : b;
  }

 private:
  template <class Rep, class Period>
  static clock::time_point after(clock::time_point now, std::chrono::duration<Rep, Period> time) {
    using seconds = std::chrono::duration<double>;
    if (seconds(time) >= seconds(clock::time_point::max() - now)) return clock::time_point::max();
    if (seconds(time) <= -seconds(now.time_since_epoch())) return clock::time_point{};
    return now + std::chrono::duration_cast<clock::duration>(time);
  }

  std::optional<clock::time_point> at_;
};

}  // namespace grpcwire
