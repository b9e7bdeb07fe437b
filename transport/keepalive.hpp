// Finds out whether a silent peer is still there (gRFC A8).
#pragma once

#include <chrono>
#include <cstdint>

#include <grpcwire/transport/settings.hpp>
#include <grpcwire/transport/time.hpp>

namespace grpcwire::transport {

/// Silence is measured from the last byte received, never from the last PING sent, and any byte is
/// a sign of life. Nothing is done for each byte or call: a moment that has been put off is noticed
/// when it comes.
class keepalive {
 public:
  enum class step : std::uint8_t {
    none,
    ping,  ///< send a PING now
    dead,  ///< give the connection up
  };

  explicit keepalive(const keepalive_settings& settings) noexcept;

  /// The first bytes of the peer have come.
  void begin(time_point now) noexcept;

  /// When on_time() wants to be called.
  time_point due() const noexcept { return due_; }
  step on_time(time_point now, time_point last_received, bool calls_active) noexcept;

  /// It was time for a PING, but there was no call. Nothing is due until one starts.
  bool dormant() const noexcept { return dormant_; }
  /// A call starts. True: the peer is still silent, so send a PING in front of it.
  bool wake_up(time_point last_received) noexcept;

 private:
  step watch(time_point now, time_point last_received, bool calls_active) noexcept;
  step wait(time_point now, time_point last_received, bool calls_active) noexcept;
  void ping_sent(time_point now) noexcept;

  std::chrono::milliseconds time_;
  std::chrono::milliseconds timeout_;
  time_point due_ = never;
  time_point pinged_at_{};
  bool on_;
  bool without_calls_;
  bool waiting_ = false;  // for a byte after a PING
  bool dormant_ = false;
  time_point dormant_since_{};
};

}  // namespace grpcwire::transport
