// The server's side of one call: which order is legal, and exactly one end.
//
// It is told what came from the stream, and says by poll() what that means; it makes the header
// lists of the response. It does not know how bytes travel, what time it is, or who handles calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/headers.hpp>
#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/codec/status.hpp>

namespace grpcwire::codec {

enum class server_event_kind : std::uint8_t {
  request_received,  ///< the head is read: look up head().path
  message_received,
  half_closed,  ///< no more messages will come
  rejected,     ///< answer with finish(why) and, if not 200, `http_status`
  cancelled,    ///< the caller is gone or the deadline is over: stop working; `why`
};

struct server_event {
  server_event_kind kind{};
  int http_status = 200;
  received_message message{};
  status why{};
};

class server_call {
 public:
  struct settings {
    std::size_t max_message_size = 4U << 20;  ///< of a received message, in bytes
    /// Unary and server streaming: exactly one request message. Known after the look-up.
    bool single_request = false;
    const codings* own_codings = nullptr;  ///< null: the built-in ones
  };

  explicit server_call(const settings& s) noexcept : settings_(s), framer_(s.max_message_size) {}

  std::size_t max_message_size() const noexcept { return settings_.max_message_size; }
  void expect_single_request() noexcept { settings_.single_request = true; }

  // ---- what came from the stream; poll() after each
  void headers_received(header_list_view fields, bool end_stream, bool too_large);
  /// `block`: where the data lies, if that can be kept (message_framer::feed).
  void data_received(const_bytes data, bool end_stream, input_block* block = nullptr);
  void stream_closed(stream_end how, std::uint32_t error_code, std::string_view text);
  void deadline_expired();

  /// As client_call::poll().
  server_event* poll();

  /// Its `path` is a view into the fields of headers_received().
  const received_request& head() const noexcept { return head_; }
  received_request& head() noexcept { return head_; }
  /// As client_call::expected_bytes().
  std::size_t expected_bytes() const noexcept {
    return framer_.mid_message() ? framer_.declared_length() : 0;
  }
  /// How much of that payload is here.
  std::size_t collected_bytes() const noexcept { return framer_.collected_bytes(); }

  // ---- the response; each writes a header list, empty when it would be out of order
  /// Call before the first message at the latest.
  void respond(header_fields& to, const metadata* initial,
               encoding message_encoding = encoding::identity);
  enum class finish_kind : std::uint8_t {
    nothing,        ///< finished before, or nobody is left to tell
    trailers,       ///< send as trailers
    trailers_only,  ///< send as headers with END_STREAM
    plain_text,     ///< send as headers, then plain_body() with END_STREAM: the caller is no gRPC
                    ///< client
  };
  finish_kind finish(header_fields& to, const status& outcome, const metadata* trailing,
                     int http_status = 200);
  static std::string plain_body(const status& outcome);

  /// False when poll() would give nothing.
  bool has_events() const noexcept {
    if (ended_ || held_back_) return false;
    return request_pending_ || half_closed_pending_ || ending_ || !framer_.idle();
  }

  /// A request that is not gRPC is on its way: what comes of it is dropped. It is rejected when it
  /// is over, or when it is long.
  bool drops_request() const noexcept { return held_back_; }
  bool responded() const noexcept { return responded_; }
  bool finished() const noexcept { return finished_; }
  /// The peer is gone or the deadline passed.
  bool cancelled() const noexcept { return cancelled_; }

 private:
  const codings& own_codings() const {
    return settings_.own_codings != nullptr ? *settings_.own_codings : built_in_codings();
  }
  void reject(int http_status, status why);
  void half_close();
  void cancel(status why);
  bool poll_message();

  settings settings_;
  message_framer framer_;
  received_request head_;
  server_event event_;             // polled last, or rejected or cancelled and to be polled next
  std::size_t foreign_bytes_ = 0;  // of a request that is not gRPC
  std::uint32_t messages_ = 0;
  bool headers_seen_ = false;
  bool request_pending_ = false;
  bool remote_end_ = false;
  bool half_closed_pending_ = false;
  bool held_back_ = false;  // the end is polled when the request is over
  bool ending_ = false;     // event_ is the last one
  bool ended_ = false;      // nothing more comes up
  bool cancelled_ = false;
  bool peer_gone_ = false;
  bool responded_ = false;
  bool finished_ = false;
};

}  // namespace grpcwire::codec
