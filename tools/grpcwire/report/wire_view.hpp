// A recording taken apart for the checks of why(): its frames, and the calls with their header
// blocks and messages. Nothing is judged here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <grpcwire/transport/hpack_view.hpp>
#include <grpcwire/transport/http2_names.hpp>

#include "../recording/recording.hpp"

namespace grpcwire::tools {

struct wire_frame {
  std::size_t index = 0;  ///< as frame_lines() counts
  std::size_t connection = 1;
  std::int64_t time_ns = 0;  ///< since the connection was opened
  side sender = side::client;
  bool is_frame = false;  ///< false: the preface, a TLS record, or bytes that are none of these
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream_id = 0;
  std::uint32_t error_code = 0;      ///< RST_STREAM, GOAWAY
  std::uint32_t last_stream_id = 0;  ///< GOAWAY
  std::string debug_text;            ///< GOAWAY, printable
  std::string headline;
  std::vector<std::string> faults;  ///< the broken rules of HTTP/2 in it, in words

  bool is(std::uint8_t t) const noexcept { return is_frame && type == t; }
  bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
  bool acknowledges() const noexcept { return has(transport::http2::flag::ack); }
};

struct wire_block {
  std::size_t frame = 0;  ///< the one that completes it
  bool end_stream = false;
  std::vector<transport::hpack_field> fields;

  /// Null when there is none.
  const std::string* find(std::string_view name) const;
  std::string value(std::string_view name) const;  ///< empty when there is none
};

struct wire_message {
  std::size_t frame = 0;      ///< in which it begins
  std::size_t end_frame = 0;  ///< in which it ends, or the last that has some of it
  bool compressed = false;
  bool complete = false;
  std::uint32_t length = 0;  ///< as its prefix says; 0 while that is not complete
  std::string payload;       ///< of complete messages
};

/// One side's part in a call.
struct wire_half {
  std::optional<wire_block> headers;
  std::optional<wire_block>
      trailers;  ///< a block behind the headers; of a server also trailers-only
  std::vector<wire_message> messages;
  std::optional<std::size_t> bad_flag_frame;  ///< a message flag that is neither 0 nor 1
  unsigned bad_flag = 0;
  std::optional<std::size_t> end_frame;  ///< the one with END_STREAM
  std::optional<std::size_t>
      late_frame;  ///< HEADERS or DATA behind END_STREAM or its own RST_STREAM
  std::optional<std::size_t> over_window_frame;  ///< DATA for which the peer had made no room
  std::optional<std::size_t> last_frame;
  std::uint64_t data_sent = 0;       ///< bytes that count for flow control
  std::uint64_t window_updates = 0;  ///< room that the peer made on this stream

  std::size_t complete_messages() const;
};

struct wire_call {
  std::size_t connection = 1;
  std::uint32_t stream_id = 0;
  wire_half client;
  wire_half server;
  std::optional<std::size_t> reset_frame;  ///< the first RST_STREAM

  wire_half& of(side s) { return s == side::client ? client : server; }
  const wire_half& of(side s) const { return s == side::client ? client : server; }
  /// `UnaryCall` of `/grpc.testing.TestService/UnaryCall`.
  std::string method() const;
};

/// What one side did on a connection as a whole.
struct wire_side {
  bool tls = false;
  std::string begin;  ///< its first bytes, up to 64
  std::uint64_t bytes = 0;
  std::optional<std::size_t> first_frame;
  std::optional<std::size_t> settings_frame;
  std::size_t settings_sent = 0;
  std::size_t settings_acknowledged = 0;  ///< by it, of the peer's
  std::optional<std::size_t> unanswered_ping;
  std::uint32_t initial_window = 65535;      ///< it announced last
  std::uint32_t initial_window_max = 65535;  ///< and the largest
  std::uint64_t data_sent = 0;
  std::uint64_t window_updates = 0;  ///< room that the peer made for all of its streams
  std::int64_t last_time_ns = -1;    ///< of the last bytes; -1: none
};

struct wire_connection {
  const recorded_connection* recorded = nullptr;
  wire_side client;
  wire_side server;

  wire_side& of(side s) { return s == side::client ? client : server; }
  const wire_side& of(side s) const { return s == side::client ? client : server; }
};

struct wire_view {
  std::vector<wire_frame> frames;  ///< frames[i].index == i
  std::vector<wire_connection> connections;
  std::vector<wire_call> calls;  ///< in the order in which the clients opened them

  const wire_connection& connection(std::size_t number) const { return connections[number - 1]; }
};

/// `r` must outlive the view.
wire_view view_of(const recording& r);

}  // namespace grpcwire::tools
