// How both ends find out that a silent connection is dead (gRFC A8, A18).
#pragma once

#include <chrono>
#include <optional>

namespace grpcwire {

/// Of a channel. Servers allow few PINGs: with a stock server's defaults a `time` below five
/// minutes, or `without_calls`, ends the connection with GOAWAY "too_many_pings". The channel then
/// doubles `time` for its next connections.
struct keepalive_settings {
  /// Silence after which a PING asks for a sign of life. It counts from the last byte received; any
  /// byte is a sign of life. Null or 0: no keepalive (the default).
  std::optional<std::chrono::milliseconds> time{};
  /// Silence after the PING that ends the connection; its calls end with UNAVAILABLE and a text
  /// that names the keepalive timeout.
  std::chrono::milliseconds timeout{20'000};
  /// Also while the channel has no call. Otherwise a call that begins after a long silence sends
  /// its PING first.
  bool without_calls = false;
  /// The kernel gives up after `timeout` as well when sent bytes are not acknowledged
  /// (TCP_USER_TIMEOUT, Linux). Only while keepalive is on.
  bool tcp_user_timeout = true;
  /// A smaller `time` is raised to this. For tests against a server of one's own: set it to 0.
  std::chrono::milliseconds time_min{10'000};

  bool operator==(const keepalive_settings&) const = default;
};

/// Of a server. PINGs go out whether there are calls or not.
struct server_keepalive_settings {
  /// As for a channel; two hours.
  std::optional<std::chrono::milliseconds> time = std::chrono::hours(2);
  std::chrono::milliseconds timeout{20'000};
  bool tcp_user_timeout = true;
  /// A smaller `time` is raised to this. For tests: set it to 0.
  std::chrono::milliseconds time_min{1000};
};

}  // namespace grpcwire
