#include "session_settings_of.hpp"

#include <algorithm>
#include <random>

namespace grpcwire::detail {
namespace {

using std::chrono::milliseconds;
using maybe = std::optional<milliseconds>;

constexpr double age_jitter = 0.1;  // up and down, so that a fleet does not reconnect as one

/// Null or 0 means never.
maybe limit(const maybe& time) {
  return time && time->count() > 0 ? time : std::nullopt;
}

maybe at_least(const maybe& time, milliseconds min) {
  const maybe on = limit(time);
  return on ? maybe(std::max(*on, min)) : on;
}

maybe jittered(const maybe& time) {
  const maybe on = limit(time);
  if (!on) return on;
  std::random_device random;
  std::uniform_real_distribution<double> spread(1 - age_jitter, 1 + age_jitter);
  constexpr double most = 1e15;  // 30,000 years, and no overflow
  return milliseconds(static_cast<milliseconds::rep>(
      std::min(most, static_cast<double>(on->count()) * spread(random))));
}

}  // namespace

maybe keepalive_time(const keepalive_settings& settings) {
  return at_least(settings.time, settings.time_min);
}

transport::session_settings session_settings_of(const channel_options& options, maybe time) {
  transport::session_settings s = options.session;
  s.keepalive = {.time = time,
                 .timeout = options.keepalive.timeout,
                 .without_calls = options.keepalive.without_calls};
  return s;
}

transport::session_settings session_settings_of(const server_options& options) {
  transport::session_settings s = options.session;
  s.keepalive = {.time = at_least(options.keepalive.time, options.keepalive.time_min),
                 .timeout = options.keepalive.timeout,
                 .without_calls = true};
  s.life = {.idle_max = limit(options.max_connection_idle),
            .age_max = jittered(options.max_connection_age),
            .age_grace = options.max_connection_age_grace};
  s.abuse.ping_interval_min = options.permit_keepalive_time;
  if (options.permit_keepalive_without_calls) {
    s.abuse.ping_interval_idle_min = options.permit_keepalive_time;
  }
  return s;
}

milliseconds tcp_user_timeout(const channel_options& options) {
  const keepalive_settings& k = options.keepalive;
  return k.tcp_user_timeout && keepalive_time(k) ? k.timeout : milliseconds{};
}

milliseconds tcp_user_timeout(const server_options& options) {
  const server_keepalive_settings& k = options.keepalive;
  return k.tcp_user_timeout && limit(k.time) ? k.timeout : milliseconds{};
}

}  // namespace grpcwire::detail
