// Everything about a session that can be set: windows, limits, and the reason for each default.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace grpcwire::transport {

/// How often something may happen: `burst` at once, then `per_second`.
struct rate {
  double burst;
  double per_second;
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
  /// WINDOW_UPDATE frames (data dribble, CVE-2019-9511): one for each DATA frame is normal.
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
};

struct session_settings {
  /// Streams the peer may have open at a time. Sent as SETTINGS_MAX_CONCURRENT_STREAMS by servers.
  std::uint32_t max_concurrent_streams = 256;
  /// Bytes the peer may send on a stream before the application has taken any. 1 MiB: smaller ones
  /// cost throughput even on loopback (a third at 256 KiB), larger ones gain nothing there.
  std::uint32_t stream_window = 1U << 20;
  /// Bytes the peer may send on the connection before they have been read from the socket.
  std::uint32_t connection_window = 4U << 20;
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
  std::size_t output_high_water = 256 * 1024;
  abuse_limits abuse{};
};

}  // namespace grpcwire::transport
