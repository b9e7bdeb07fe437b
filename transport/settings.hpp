// Everything about a session that can be set: windows, limits, and the reason for each default.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace grpcwire::transport {

/// How often something may happen: `burst` at once, then `per_second`.
struct rate {
  double burst;
  double per_second;

  bool operator==(const rate&) const = default;
};

/// What a peer may do before it counts as an attack. Reaching one ends the connection with
/// GOAWAY(ENHANCE_YOUR_CALM); other connections do not notice.
struct abuse_limits {
  /// RST_STREAM received (rapid reset, CVE-2023-44487). nghttp2's own figures.
  rate resets_received{1000, 33};
  /// RST_STREAM this side had to send for a fault of the peer (made-you-reset, CVE-2025-8671).
  rate resets_provoked{200, 10};
  /// SETTINGS frames (CVE-2019-9515). A well-behaved peer sends a handful in a connection's life.
  rate settings_received{100, 2};
  /// PRIORITY frames, which carry no meaning any more (CVE-2019-9513).
  rate priorities_received{1000, 100};
  /// WINDOW_UPDATE frames (data dribble, CVE-2019-9511) beyond what DATA that was sent calls for:
  /// two for each frame, and one for each KiB.
  rate window_updates_received{20000, 10000};
  /// Empty DATA frames without END_STREAM, one after the other (CVE-2019-9518).
  std::uint32_t consecutive_empty_data_frames = 100;
  /// CONTINUATION frames behind one HEADERS frame (CVE-2024-28182).
  std::uint32_t continuations = 8;
  /// PING without need, on a server (gRFC A8): more strikes than this end the connection.
  std::uint32_t ping_strikes = 2;
  /// PINGs nearer together than this are strikes while calls are active …
  std::chrono::milliseconds ping_interval_min{std::chrono::minutes(5)};
  /// … and than this when there are none.
  std::chrono::milliseconds ping_interval_idle_min{std::chrono::hours(2)};

  bool operator==(const abuse_limits&) const = default;
};

/// PINGs that find out whether a silent connection still lives (gRFC A8). Channels and servers set
/// this from options of their own.
struct keepalive_settings {
  /// Without a byte from the peer for this long a PING asks for one; null: never.
  std::optional<std::chrono::milliseconds> time{};
  /// Without a byte for this long after the PING the connection is given up.
  std::chrono::milliseconds timeout{20'000};
  /// Also while there is no stream.
  bool without_calls = false;

  bool operator==(const keepalive_settings&) const = default;
};

/// When a server ends a connection that is well (gRFC A9); null: never. Each end begins with the
/// two GOAWAYs of session::drain().
struct connection_life_settings {
  /// Without a stream for this long.
  std::optional<std::chrono::milliseconds> idle_max{};
  /// This long after the first bytes of the peer. The owner has added the jitter.
  std::optional<std::chrono::milliseconds> age_max{};
  /// Streams that still run this long after the second GOAWAY of `age_max` are cut off.
  std::optional<std::chrono::milliseconds> age_grace{};

  bool operator==(const connection_life_settings&) const = default;
};

struct session_settings {
  /// Streams the peer may have open at a time. Sent as SETTINGS_MAX_CONCURRENT_STREAMS by servers.
  std::uint32_t max_concurrent_streams = 256;
  /// Bytes the peer may send on a stream before the application has taken any. 1 MiB: smaller ones
  /// cost throughput even on loopback (a third at 256 KiB), larger ones gain nothing there.
  std::uint32_t stream_window = 1U << 20;
  /// Bytes the peer may send on the connection before they have been read from the socket.
  std::uint32_t connection_window = 4U << 20;
  /// Whole messages that wait for readers, of all streams together. While there are more the
  /// connection's credit is held back, so that at most connection_window more can come: the peer
  /// waits, also with calls whose readers are quick. 64 MiB: 64 windows full of unread messages.
  std::size_t max_buffered_bytes = 64U << 20;
  /// Largest frame the peer may send. 16384 is the protocol's minimum and default.
  std::uint32_t max_frame_size = 16384;
  /// Header lists (name + value + 32 for each field) beyond this are cut, and the call is refused.
  std::uint32_t max_header_list_size = 16384;
  /// Beyond this (a factor of the above) the connection ends: nobody sends that by accident.
  std::uint32_t header_list_abuse_factor = 16;
  /// Streams that may wait for MAX_CONCURRENT_STREAMS of the peer; the next ones are refused.
  std::uint32_t max_queued_streams = 100'000;
  /// output() stops producing when this much waits to be written, so that a slow network does not
  /// turn into memory.
  std::size_t output_high_water = 512 * 1024;
  /// A peer that has not acknowledged our SETTINGS after this is no HTTP/2 peer (RFC 9113 §6.5.3).
  std::chrono::milliseconds settings_timeout{60'000};
  /// Both windows may grow up to this where the path is long and fat (bdp_estimator.hpp). They only
  /// grow. 16 MiB: 1 Gbit/s at 130 ms. Not above `stream_window`: no estimate, no PING for it.
  std::uint32_t window_growth_max = 16U << 20;
  keepalive_settings keepalive{};
  connection_life_settings life{};
  abuse_limits abuse{};

  bool operator==(const session_settings&) const = default;
};

}  // namespace grpcwire::transport
