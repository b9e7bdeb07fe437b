// The seam through which a session shows what it does. A session without a sink pays one branch.
#pragma once

#include <cstdint>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>

namespace grpcwire::transport {

/// Seen from the session that reports.
enum class direction : std::uint8_t { received, sent };

/// The nine bytes in front of every frame (RFC 9113 §4.1), without what a session has no use for.
struct frame_info {
  std::uint32_t length = 0;    ///< bytes of payload, padding included
  std::uint8_t type = 0;       ///< names in http2_names.hpp
  std::uint8_t flags = 0;      ///< as on the wire; their meaning depends on the type
  std::int32_t stream_id = 0;  ///< 0: the connection itself
};

/// Watches one session. Every member does nothing unless overridden; calls come on the session's
/// own executor, in the order of events, and must not call back into the session. All views end
/// with the call. There is no time in here: the owner of a sink knows the clock and stamps.
class trace_sink {
 public:
  virtual ~trace_sink() = default;

  /// Raw bytes of the connection (after TLS), split wherever reads and writes happened to split.
  virtual void on_bytes(direction, codec::const_bytes) {}

  /// One frame, whole: received frames when they were accepted, sent frames when serialised.
  virtual void on_frame(direction, const frame_info&) {}

  /// One header list, after HPACK: CONTINUATION frames are already joined.
  virtual void on_header_block(direction, std::int32_t /*stream_id*/, codec::header_list_view,
                               bool /*end_stream*/) {}

  /// A flow-control window changed (RFC 9113 §5.2). `sent`: how much this side may still send;
  /// `received`: how much the peer may. Stream 0 is the connection. Both numbers are bytes; a
  /// window may be negative after a SETTINGS change.
  virtual void on_window(direction, std::int32_t /*stream_id*/, std::int32_t /*change*/,
                         std::int64_t /*window*/) {}

  /// Something the session decided: `reset`, `keepalive_ping`, `shutdown`, … with a detail in
  /// words.
  virtual void on_action(std::string_view /*action*/, std::int32_t /*stream_id*/,
                         std::string_view /*detail*/) {}
};

}  // namespace grpcwire::transport
