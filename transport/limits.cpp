#include "limits.hpp"

#include <algorithm>
#include <chrono>

namespace grpcwire::transport {

bool token_bucket::take(time_point now) noexcept {
  if (filled_at_) {
    const std::chrono::duration<double> passed = now - *filled_at_;
    tokens_ = std::min(rate_.burst, tokens_ + passed.count() * rate_.per_second);
  }
  filled_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

limits::limits(const abuse_limits& settings, bool server) noexcept
    : settings_(settings),
      server_(server),
      resets_received_(settings.resets_received),
      resets_provoked_(settings.resets_provoked),
      settings_received_(settings.settings_received),
      priorities_received_(settings.priorities_received),
      window_updates_received_(settings.window_updates_received) {}

limits::verdict limits::reset_received(time_point now) noexcept {
  // What a server resets, this side has opened itself.
  if (!server_ || resets_received_.take(now)) return std::nullopt;
  return "too many RST_STREAM frames";
}

limits::verdict limits::reset_provoked(time_point now) noexcept {
  if (resets_provoked_.take(now)) return std::nullopt;
  return "too many faulty streams";
}

limits::verdict limits::settings_received(time_point now) noexcept {
  if (settings_received_.take(now)) return std::nullopt;
  return "too many SETTINGS frames";
}

limits::verdict limits::priority_received(time_point now) noexcept {
  if (priorities_received_.take(now)) return std::nullopt;
  return "too many PRIORITY frames";
}

limits::verdict limits::window_update_received(time_point now) noexcept {
  if (window_updates_earned_ != 0) {
    --window_updates_earned_;
    return std::nullopt;
  }
  if (window_updates_received_.take(now)) return std::nullopt;
  return "too many WINDOW_UPDATE frames";
}

limits::verdict limits::data_received(bool empty) noexcept {
  if (!empty) {
    empty_data_frames_ = 0;
    return std::nullopt;
  }
  if (++empty_data_frames_ <= settings_.consecutive_empty_data_frames) return std::nullopt;
  return "too many empty DATA frames";
}

limits::verdict limits::ping_received(time_point now, bool calls_active) noexcept {
  if (!server_) return std::nullopt;
  const auto interval =
      calls_active ? settings_.ping_interval_min : settings_.ping_interval_idle_min;
  if (!last_valid_ping_ || now - *last_valid_ping_ >= interval) {
    last_valid_ping_ = now;
    return std::nullopt;
  }
  if (++strikes_ <= settings_.ping_strikes) return std::nullopt;
  return "too_many_pings";
}

}  // namespace grpcwire::transport
