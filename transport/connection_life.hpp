// When a server asks the peer to go elsewhere (gRFC A9), and how far such a drain has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <grpcwire/transport/settings.hpp>
#include <grpcwire/transport/time.hpp>

namespace grpcwire::transport {

/// Only decides; the session sends. What begins at a moment that nobody knows is due at_once, and
/// counts from the next on_time().
class connection_life {
 public:
  enum class step : std::uint8_t {
    none,
    drain_idle,   ///< no stream for too long: begin a drain
    drain_aged,   ///< too old: begin a drain
    last_goaway,  ///< the peer does not acknowledge the first GOAWAY: send the second one anyway
    close,        ///< the grace is over
  };

  explicit connection_life(const connection_life_settings& settings) noexcept
      : settings_(settings) {}

  /// The first bytes of the peer have come.
  void begin(time_point now) noexcept;
  void streams_began() noexcept { idle_at_ = never; }
  void streams_ended() noexcept {
    if (settings_.idle_max && !draining_) idle_at_ = at_once;
  }

  /// The first GOAWAY goes out …
  void drain_began() noexcept;
  /// … and the second one. Only connections that are too old have a grace.
  void drain_announced(time_point now) noexcept;
  void stop() noexcept;

  time_point due() const noexcept;
  /// One step that is due; call again until there is none.
  step on_time(time_point now) noexcept;

 private:
  connection_life_settings settings_;
  time_point idle_at_ = never;
  time_point age_at_ = never;
  time_point announced_at_ = never;
  time_point grace_at_ = never;
  bool draining_ = false;
  bool aged_ = false;
};

}  // namespace grpcwire::transport
