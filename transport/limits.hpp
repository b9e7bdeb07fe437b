// Counters that tell an attack from a call (facts of the field: rapid reset, made-you-reset,
// floods).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <grpcwire/transport/settings.hpp>
#include <grpcwire/transport/time.hpp>

namespace grpcwire::transport {

/// A token bucket: `burst` tokens at the start, refilled with `per_second`, never above `burst`.
class token_bucket {
 public:
  explicit token_bucket(rate r) noexcept : rate_(r), tokens_(r.burst) {}

  /// False when there is no token left.
  bool take(time_point now) noexcept;

 private:
  rate rate_;
  double tokens_;
  std::optional<time_point> filled_at_;
};

/// One per connection. Each function counts one thing; text means: end the connection with
/// GOAWAY(ENHANCE_YOUR_CALM) and this as debug data.
class limits {
 public:
  using verdict = std::optional<std::string_view>;

  limits(const abuse_limits& settings, bool server) noexcept;

  verdict reset_received(time_point now) noexcept;
  verdict reset_provoked(time_point now) noexcept;
  verdict settings_received(time_point now) noexcept;
  verdict priority_received(time_point now) noexcept;
  verdict window_update_received(time_point now) noexcept;
  verdict data_received(bool empty) noexcept;
  verdict ping_received(time_point now, bool calls_active) noexcept;

  /// HEADERS or DATA were sent: that makes PINGs legitimate again (gRFC A8).
  void data_or_headers_sent() noexcept {
    strikes_ = 0;
    last_valid_ping_.reset();
  }
  /// DATA was sent, which the peer will give credit for with WINDOW_UPDATE frames: some do so for
  /// the stream and the connection after each frame, and in parts. `cut`: more was there to send,
  /// so a peer that opens its windows by single bytes earns nothing.
  void data_sent(std::size_t bytes, bool cut) noexcept {
    const auto earned = static_cast<std::uint32_t>(bytes / bytes_per_window_update + (cut ? 0 : 2));
    window_updates_earned_ = std::min(window_updates_earned_ + earned, window_updates_earned_max);
  }

 private:
  static constexpr std::size_t bytes_per_window_update = 1024;
  static constexpr std::uint32_t window_updates_earned_max = 1U << 16;  // for 64 MiB on their way

  abuse_limits settings_;
  bool server_;
  token_bucket resets_received_;
  token_bucket resets_provoked_;
  token_bucket settings_received_;
  token_bucket priorities_received_;
  token_bucket window_updates_received_;
  std::uint32_t empty_data_frames_ = 0;
  std::uint32_t window_updates_earned_ = 0;
  std::uint32_t strikes_ = 0;
  std::optional<time_point> last_valid_ping_;
};

}  // namespace grpcwire::transport
