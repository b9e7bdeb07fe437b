// The client's side of one call: which order is legal, and exactly one status at its end.
//
// It is told what came from the stream, and says by poll() what that means. It does not know how
// bytes travel, what time it is, or who is interested.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/headers.hpp>
#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {

/// How a stream ended without a regular end.
enum class stream_end : std::uint8_t {
  reset,    ///< RST_STREAM of the peer
  refused,  ///< the peer never processed it: safe to repeat
  fault,    ///< the peer broke a rule of HTTP/2 and its stream was reset
  lost,     ///< the connection ended
  local,    ///< this side reset it, because it could not go on
};

/// A message as it came over the wire.
struct received_message {
  const_bytes payload;  ///< valid until the next poll() or input; empty if there are pieces
  bool compressed = false;
  const message_pieces* pieces = nullptr;  ///< only of data that was given with its block

  message_view view() const noexcept {
    return pieces == nullptr ? message_view(payload) : pieces->view();
  }
  std::size_t size() const noexcept { return pieces == nullptr ? payload.size() : pieces->size(); }
  std::size_t wire_size() const noexcept { return size() + message_prefix_size; }
};

enum class client_event_kind : std::uint8_t {
  headers_received,  ///< initial metadata is there
  message_received,
  ended,  ///< the last event: `outcome`, `reset_code`
};

struct client_event {
  client_event_kind kind{};
  received_message message{};
  status outcome{};
  /// RST_STREAM to send, when the stream has to be ended by this side (HTTP/2 error code).
  std::optional<std::uint32_t> reset_code{};
};

class client_call {
 public:
  struct settings {
    std::size_t max_message_size = 4U << 20;  ///< of a received message, in bytes
    bool single_response = true;              ///< unary and client streaming
    const codings* own_codings = nullptr;     ///< null: the built-in ones
  };

  explicit client_call(const settings& s) noexcept : settings_(s), framer_(s.max_message_size) {}

  // ---- what this side did
  void request_sent() noexcept { phase_ = call_phase::sending; }
  void half_closed() noexcept;
  void queued() noexcept { phase_ = call_phase::queued; }
  void connecting() noexcept { phase_ = call_phase::connecting; }

  // ---- what came from the stream; poll() after each
  void headers_received(header_list_view fields, bool end_stream, bool too_large);
  /// `block`: where the data lies, if that can be kept (message_framer::feed).
  void data_received(const_bytes data, bool end_stream, input_block* block = nullptr);
  /// The stream ended irregularly. `deadline_passed`: the call's deadline is over by now, which
  /// turns a CANCEL of the peer into DEADLINE_EXCEEDED.
  void stream_closed(stream_end how, std::uint32_t error_code, std::string_view text,
                     bool deadline_passed);
  // ---- what this side decides
  void deadline_expired();
  void cancel(status why);

  /// The next thing to tell the application, until the next call of poll(); null: nothing until
  /// more comes. The caller may move its parts.
  client_event* poll();
  /// False when poll() would give nothing.
  bool has_events() const noexcept {
    if (ended_) return false;
    return headers_pending_ || end_.has_value() ||
           (headers_seen_ && foreign_ == nullptr && !framer_.idle());
  }

  bool ended() const noexcept { return ended_; }
  call_phase phase() const noexcept { return phase_; }
  /// The payload of the message in progress, arrived or not, in bytes; 0 between messages. Ask
  /// after poll(): with message_prefix_size added it is what session::expect() wants.
  std::size_t expected_bytes() const noexcept {
    return framer_.mid_message() ? framer_.declared_length() : 0;
  }
  /// How much of that payload is here.
  std::size_t collected_bytes() const noexcept { return framer_.collected_bytes(); }
  std::optional<encoding> message_encoding() const noexcept { return message_encoding_; }
  /// Valid from headers_received, and from ended, on.
  metadata& initial_metadata() noexcept { return initial_; }
  metadata& trailing_metadata() noexcept { return trailing_; }

 private:
  struct end {
    status outcome;
    std::optional<std::uint32_t> reset_code;
  };
  /// A response that is not gRPC.
  struct foreign_response {
    received_response head;
    std::string content_type;  // that the head has a view of
    std::string grpc_status;   // the same
    std::string body;          // its beginning
  };

  void first_headers(received_response&& head, bool end_stream);
  void trailers(received_response&& block);
  std::optional<std::uint32_t> reset_at_end() const noexcept;
  void finish(status outcome, std::optional<std::uint32_t> reset_code);
  void fail(status_code code, std::string message, std::uint32_t reset_code);
  bool poll_message();
  status checked(status outcome) const;
  status foreign_outcome() const;

  settings settings_;
  message_framer framer_;
  metadata initial_;
  metadata trailing_;
  std::optional<encoding> message_encoding_ = encoding::identity;
  std::unique_ptr<foreign_response> foreign_;  // null: the response is gRPC, as far as is known
  std::optional<end> end_;                     // to be polled
  client_event event_;                         // polled last
  std::uint32_t messages_ = 0;
  int http_status_ = 200;
  call_phase phase_ = call_phase::starting;
  bool half_closed_ = false;
  bool headers_seen_ = false;
  bool headers_pending_ = false;
  bool ended_ = false;  // `ended` was polled
};

}  // namespace grpcwire::codec
