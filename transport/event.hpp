// What a session tells its owner, as values (design §4.1). Names are in the past tense.
#pragma once

#include <cstdint>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>

namespace grpcwire::transport {

/// HTTP/2's own number of a stream; 0 while it waits in the queue.
using stream_id = std::int32_t;

/// A stream of a session, valid from open_stream()/headers_received to its stream_closed event.
/// Stale handles are recognised and do nothing, so nobody has to track who ended a stream first.
struct stream_handle {
  std::uint32_t slot = ~std::uint32_t{0};
  std::uint32_t generation = 0;

  explicit operator bool() const noexcept { return slot != ~std::uint32_t{0}; }
  friend bool operator==(stream_handle, stream_handle) = default;
};

enum class event_kind : std::uint8_t {
  settings_received,  ///< the first SETTINGS of the peer: the connection is ready
  stream_granted,     ///< a stream that was queued may send its headers now
  headers_received,   ///< a whole header block: `headers`, `end_stream`, `headers_too_large`
  data_received,      ///< `data`, `end_stream`
  data_sent,          ///< all data given to send_data() is in output(); sent when asked for
  deadline_expired,   ///< the moment of set_deadline() is over; the stream is still open
  stream_closed,      ///< the last event of a stream: `reason`, `error_code`, `text`
  ping_acknowledged,  ///< `opaque`: the eight bytes of ping()
  goaway_received,    ///< `last_stream_id`, `error_code`, `text`: open no more streams here
};
std::string_view name(event_kind kind) noexcept;

enum class close_reason : std::uint8_t {
  finished,         ///< both directions ended
  reset_by_peer,    ///< RST_STREAM received, see error_code
  reset_locally,    ///< reset() of this side
  protocol_error,   ///< the peer broke a rule and was reset; `text` names the rule
  refused,          ///< never processed by the peer: safe to repeat elsewhere
  connection_lost,  ///< the connection ended first; `text` says why
};
std::string_view name(close_reason reason) noexcept;

/// Views are valid until the next session::poll_event() or receive().
struct event {
  event_kind kind{};
  bool end_stream = false;
  bool headers_too_large = false;
  close_reason reason = close_reason::finished;
  stream_handle stream{};
  stream_id id = 0;
  stream_id last_stream_id = 0;
  std::uint32_t error_code = 0;  ///< HTTP/2 error code (RFC 9113 §7)
  std::uint64_t opaque = 0;
  void* owner = nullptr;  ///< what set_owner() gave for this stream
  codec::header_list_view headers{};
  codec::const_bytes data{};
  std::string_view text{};
};

}  // namespace grpcwire::transport
