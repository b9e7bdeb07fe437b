#include "keepalive.hpp"

#include <algorithm>
#include <utility>

namespace grpcwire::transport {

keepalive::keepalive(const keepalive_settings& settings) noexcept
    : time_(settings.time.value_or(std::chrono::milliseconds{})),
      timeout_(settings.timeout),
      on_(settings.time.has_value()),
      without_calls_(settings.without_calls) {}

void keepalive::begin(time_point now) noexcept {
  if (on_) due_ = later(now, time_);
}

keepalive::step keepalive::on_time(time_point now, time_point last_received,
                                   bool calls_active) noexcept {
  if (now < due_) return step::none;
  return waiting_ ? wait(now, last_received, calls_active)
                  : watch(now, last_received, calls_active);
}

keepalive::step keepalive::watch(time_point now, time_point last_received,
                                 bool calls_active) noexcept {
  due_ = later(last_received, time_);
  if (now < due_) return step::none;
  if (!calls_active && !without_calls_) {
    dormant_ = true;
    dormant_since_ = now;
    due_ = never;
    return step::none;
  }
  ping_sent(now);
  return step::ping;
}

void keepalive::ping_sent(time_point now) noexcept {
  waiting_ = true;
  pinged_at_ = now;
  // Not later than the next PING would be due if the answer came at once.
  due_ = later(now, std::min(time_, timeout_));
}

keepalive::step keepalive::wait(time_point now, time_point last_received,
                                bool calls_active) noexcept {
  if (pinged_at_ == at_once) {  // sent by call_started(), which did not know the time
    ping_sent(now);
    return step::none;
  }
  if (last_received >= pinged_at_) {
    waiting_ = false;
    return watch(now, last_received, calls_active);
  }
  const time_point end = later(pinged_at_, timeout_);
  // Whoever asks much too late was asleep and cannot tell what came meanwhile.
  if (now >= end && now - due_ <= timeout_) return step::dead;
  due_ = now < end ? end : later(now, timeout_);
  return step::none;
}

bool keepalive::wake_up(time_point last_received) noexcept {
  dormant_ = false;
  if (last_received > dormant_since_) {
    due_ = later(last_received, time_);
    return false;
  }
  waiting_ = true;
  pinged_at_ = at_once;
  due_ = at_once;
  return true;
}

}  // namespace grpcwire::transport
