// When a call has to be over.
#pragma once

#include <chrono>
#include <optional>

namespace grpcwire {

/// A moment, or none. A duration counts from the construction of the deadline on, so
/// `{.deadline = 1s}` is one second from now.
class deadline {
 public:
  using clock = std::chrono::steady_clock;

  constexpr deadline() noexcept = default;
  template <class Rep, class Period>
  deadline(std::chrono::duration<Rep, Period> from_now)
      : at_(clock::now() + std::chrono::duration_cast<clock::duration>(from_now)) {}
  constexpr deadline(clock::time_point at) noexcept : at_(at) {}

  const std::optional<clock::time_point>& at() const noexcept { return at_; }
  explicit operator bool() const noexcept { return at_.has_value(); }

  /// The one that comes first; none is later than all.
  friend deadline earlier(const deadline& a, const deadline& b) noexcept {
    if (!a.at_ || !b.at_) return a.at_ ? a : b;
    return *a.at_ < *b.at_ ? a : b;
  }

 private:
  std::optional<clock::time_point> at_;
};

}  // namespace grpcwire
