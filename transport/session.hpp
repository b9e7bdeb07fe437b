// One end of an HTTP/2 connection as a state machine (RFC 9113): bytes, time and actions in, events
// and bytes out. It has no socket, no clock and no thread, so a whole network of them runs in
// memory.
//
// The owner's rule: after any call that changes a session, poll events until none, then output(),
// then look for events again, because producing output can raise events.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/header.hpp>
#include <grpcwire/codec/spare_buffers.hpp>
#include <grpcwire/transport/bdp_estimator.hpp>
#include <grpcwire/transport/connection_life.hpp>
#include <grpcwire/transport/deadline_queue.hpp>
#include <grpcwire/transport/error.hpp>
#include <grpcwire/transport/event.hpp>
#include <grpcwire/transport/flow_state.hpp>
#include <grpcwire/transport/input_blocks.hpp>
#include <grpcwire/transport/keepalive.hpp>
#include <grpcwire/transport/limits.hpp>
#include <grpcwire/transport/message_rules.hpp>
#include <grpcwire/transport/output_queue.hpp>
#include <grpcwire/transport/settings.hpp>
#include <grpcwire/transport/stream.hpp>
#include <grpcwire/transport/stream_rules.hpp>
#include <grpcwire/transport/time.hpp>
#include <grpcwire/transport/trace.hpp>
#include <grpcwire/transport/turn_memory.hpp>

struct nghttp2_session;

namespace grpcwire::transport {

class memory_pool;

enum class role : std::uint8_t { client, server };

/// Why open_stream() gave no stream. In all cases nothing went over the wire.
enum class open_error : std::uint8_t {
  draining,    ///< GOAWAY received or sent, or stream ids used up: use another connection
  queue_full,  ///< session_settings::max_queued_streams are waiting already
  ended,       ///< the connection is over
};

/// Used by one executor, without locks. Neither copied nor moved: nghttp2 keeps its address.
class session {
 public:
  session(role r, const session_settings& settings, trace_sink* trace = nullptr);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  // ---- bytes and time in, events and bytes out

  /// Takes bytes from the peer. All events of the last call must have been polled. An error means:
  /// write what output() still has (a GOAWAY), then close; failure_text() says more.
  /// `block`: of input_room(), where the bytes are.
  std::error_code receive(codec::const_bytes bytes, time_point now,
                          codec::input_block* block = nullptr);
  /// Where to read to while a large message comes in; null: anywhere.
  codec::input_block* input_room() { return large_message_ ? blocks_.take() : nullptr; }
  /// Where the data of the events of this turn lies; null: in no block that could be kept.
  codec::input_block* input_block() const noexcept { return input_block_; }

  /// The connection is gone: each open stream gets its stream_closed{connection_lost}.
  void connection_lost(std::string_view why);

  /// Raises deadline_expired for every deadline that is not after `now`, and does what else is due:
  /// PINGs, time limits. An error means: write what output() still has if that goes without
  /// waiting, then close; failure_text() says more.
  std::error_code on_timeout(time_point now);
  /// When on_timeout() wants to be called; nothing when there is nothing to wait for. at_once: it
  /// only wants to know what time it is.
  std::optional<time_point> next_timeout() const {
    const auto next = deadlines_.next();
    if (upkeep_due_ == never || (next && *next <= upkeep_due_)) return next;
    return upkeep_due_;
  }
  /// When bytes came from the peer last.
  time_point last_received() const noexcept { return last_received_; }
  /// The time as it was told last.
  time_point last_told() const noexcept { return now_; }

  /// The next event, or null. It is valid until the next call of poll_event() or receive().
  const event* poll_event();
  bool has_events() const noexcept { return turn_ && turn_->has_events(); }
  /// Everything is polled and written for now: gives memory that only turns need back to the
  /// thread, which lends it to the next session.
  void end_turn() noexcept {
    if (turn_) give_turn_back();
  }
  /// False when output() would have nothing to say: all of what it gave last was consumed, and that
  /// was all there was.
  bool more_output() const noexcept { return !output_.empty() || output_stopped_; }

  /// What is to be written, in order. Call only when everything handed out before was consumed or
  /// is not being written; the blocks stay put until consume_output().
  std::span<const codec::const_bytes> output();
  void consume_output(std::size_t size);

  /// True when HTTP/2 has nothing more to say in either direction: close the byte stream.
  bool finished() const;
  /// Who or what ended the session, for statuses; empty while it runs.
  const std::string& failure_text() const noexcept { return failure_text_; }
  /// The error code of the GOAWAY that either side sent, or keepalive_timeout. None while the
  /// session runs, and when it ends as connections usually do.
  std::error_code fault() const noexcept { return fault_; }
  /// The peer exceeded one of the session_settings::abuse.
  bool abused() const noexcept { return abuse_.has_value(); }

  // ---- streams

  /// A new stream of this client. It may send at once if granted(); otherwise it waits for
  /// MAX_CONCURRENT_STREAMS of the peer, first come first served, and stream_granted tells.
  /// The stream ends with exactly one stream_closed.
  std::optional<stream_handle> open_stream(void* owner, open_error& error);
  bool granted(stream_handle handle) const noexcept;
  /// The first `count` streams that wait end as refused: to be opened over another connection.
  void refuse_waiting(std::size_t count);

  /// The owner that the events of this stream carry.
  void set_owner(stream_handle handle, void* owner) noexcept;
  /// Null when there is none, or no such stream.
  void* owner(stream_handle handle) const noexcept;
  /// The owner leaves the stream: it has none any more, and no deadline. If its stream_closed was
  /// raised already, nobody hears of that.
  void forget(stream_handle handle) noexcept;
  /// The streams that have an owner.
  std::vector<std::pair<void*, stream_handle>> owned_streams() const;

  /// Actions on a stream that is gone do nothing. Fields are copied.
  void send_headers(stream_handle handle, codec::header_list_view fields, bool end_stream);
  /// Appends to the stream's outgoing data. With `report`, data_sent follows when flow control has
  /// taken all of it.
  void send_data(stream_handle handle, codec::buffer&& data, bool end_stream, bool report = false);
  /// Ends the stream with trailers, behind all data. A server resets the rest of the request
  /// with NO_ERROR when the peer has not finished (RFC 9113 §8.1).
  void send_trailers(stream_handle handle, codec::header_list_view fields);
  void reset(stream_handle handle, std::uint32_t error_code);
  /// Memory of data that was sent, for what is to be sent. Given back when it is not used for long.
  codec::buffer spare_buffer(std::size_t size) noexcept {
    spares_used_ = true;
    return spares_.take(size);
  }
  /// True when data_sent is to be polled and output() has room: who hears of it may have more,
  /// which can leave in the same write.
  bool wants_more_data() const noexcept {
    return data_sent_pending_ && !failed_ && has_events() &&
           output_.size() < settings_.output_high_water;
  }

  /// The application has taken this many bytes of the stream's data: their credit goes back.
  void consume(stream_handle handle, std::size_t size);
  /// Makes room for a message of this many bytes, which could not be taken in parts: the whole of
  /// it, with its prefix, whatever has arrived. Asking again for as much or less changes nothing.
  void expect(stream_handle handle, std::size_t size);

  /// Bytes the peer may send on this stream before the application has taken any, instead of
  /// session_settings::stream_window. A larger one is granted as soon as the stream is open; a
  /// smaller one holds back credit until no more than that is on its way.
  void set_receive_window(stream_handle handle, std::uint32_t size);
  flow_state flow(stream_handle handle) const noexcept;
  /// Of the connection, with what all streams have queued; windows of a stream are 0.
  flow_state flow() const noexcept;

  /// Whole messages that wait for their readers. While there are more of them than
  /// session_settings::max_buffered_bytes the connection's credit is held back.
  void add_buffered(std::size_t size) noexcept { buffered_ += size; }
  void remove_buffered(std::size_t size);
  std::size_t buffered_bytes() const noexcept { return buffered_; }

  void set_deadline(stream_handle handle, time_point at);
  void clear_deadline(stream_handle handle);

  /// Bytes given to send_data() that flow control has not taken yet.
  std::size_t queued_bytes(stream_handle handle) const noexcept;
  /// The same of all streams together.
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }
  stream_id id(stream_handle handle) const noexcept;

  // ---- connection

  /// Watches from now on, in place of the sink before; null: nobody does.
  void set_trace(trace_sink* trace) noexcept { trace_ = trace; }
  void ping(std::uint64_t opaque);
  /// Ends the connection in peace, once. A server sends GOAWAY(2^31-1) and a PING, and on its
  /// acknowledgement, or after 5 s, GOAWAY with the last stream and the debug data, so that no call
  /// on its way is lost; a client sends one GOAWAY. Streams may finish.
  void drain(std::string_view debug);
  /// Phase one of a drain: GOAWAY(2^31-1); streams are still accepted (server only).
  void announce_shutdown();
  /// Phase two, or the only one: GOAWAY with the last stream that was accepted.
  void shutdown(http2_errc code = http2_errc::no_error, std::string_view debug = {});

  role own_role() const noexcept { return role_; }
  /// True after the first SETTINGS of the peer.
  bool ready() const noexcept { return peer_settings_seen_; }
  /// True when no new stream may be opened here.
  bool draining() const noexcept { return draining_ || failed_; }
  std::size_t open_streams() const noexcept { return open_streams_; }
  std::size_t queued_streams() const noexcept { return waiting_streams_; }
  /// PINGs of session_settings::keepalive so far.
  std::uint64_t keepalives_sent() const noexcept { return keepalives_sent_; }
  std::uint32_t peer_max_concurrent_streams() const noexcept;
  /// Bytes as RFC 9113 §6.5.2 counts them; 2^32-1 when the peer has not said.
  std::uint32_t peer_max_header_list_size() const noexcept;

 private:
  friend struct nghttp2_callbacks_of;  // nghttp2_callbacks.cpp: where C becomes C++
  friend struct nghttp2_output_of;     // nghttp2_output.cpp
  struct nghttp2_deleter {
    void operator()(nghttp2_session* s) const noexcept;
  };
  static constexpr std::chrono::milliseconds spares_idle_max{1000};
  static constexpr std::size_t large_message_min = 32 * 1024;

  stream* find(stream_handle handle) noexcept {
    if (handle.slot >= streams_.size()) return nullptr;
    stream* const s = streams_[handle.slot].get();
    return s != nullptr && s->handle == handle ? s : nullptr;
  }
  const stream* find(stream_handle handle) const noexcept {
    return const_cast<session*>(this)->find(handle);
  }
  stream& add_stream(void* owner);
  void release(stream& s) noexcept;
  void close(stream& s, close_reason reason, std::uint32_t error_code, std::string_view text);
  turn_memory& turn() {
    if (!turn_) lend();
    return *turn_;
  }
  void lend();
  void give_turn_back() noexcept;
  event_record& push(event_kind kind, stream& s);
  event_record& push_first(event_kind kind, stream& s);
  void grant_waiting();
  void refuse_waiting();
  void fail(http2_errc code, std::string_view debug);
  void note_goaway(std::string_view whose, std::uint32_t code, std::string_view debug);
  void send_settings();
  std::error_code failed_receive(int nghttp2_error);
  std::error_code not_http2(std::string why);
  void send_request(stream& s, codec::header_list_view head, bool end_stream);
  void send_response(stream& s, codec::header_list_view head, bool end_stream);
  void resume(stream& s);
  void apply_wanted_window(stream& s);
  void raise_window(stream& s, std::uint32_t wanted);
  void give_credit(stream& s, std::size_t consumed);
  void apply_wanted_windows();
  void return_connection_credit();

  // ---- session_upkeep.cpp
  void begin_upkeep();
  void schedule_upkeep() noexcept;
  std::error_code upkeep();
  std::error_code check_keepalive();
  std::error_code check_settings();
  std::error_code check_life();
  void watch_spares();
  void check_spares();
  void send_keepalive_ping();
  void submit_ping(std::uint64_t opaque);
  void wake_keepalive();
  bool acknowledges_own_ping(std::uint64_t opaque);
  void settings_acknowledged();
  void sample_bandwidth(std::size_t size);
  void grow_windows(std::uint32_t window);
  void finish_drain();

  role role_;
  session_settings settings_;
  trace_sink* trace_;
  std::unique_ptr<memory_pool> memory_;       // of nghttp2
  std::unique_ptr<field_kinds> field_kinds_;  // from the first header block on
  std::unique_ptr<nghttp2_session, nghttp2_deleter> http2_;
  limits limits_;
  time_point now_{};  // as last told

  std::vector<std::unique_ptr<stream>> streams_;  // slots; null: free
  std::vector<stream_handle> free_slots_;         // what the next stream there is called
  std::list<stream_handle> waiting_;  // for MAX_CONCURRENT_STREAMS, and some that wait no more
  std::size_t waiting_streams_ = 0;   // those of them that do
  deadline_queue deadlines_;
  std::size_t open_streams_ = 0;
  std::size_t granted_streams_ = 0;  // opened by this side and not waiting

  std::unique_ptr<turn_memory> turn_;  // null while nothing happens
  stream_handle closing_;              // of the stream_closed event polled last
  stream* found_ = nullptr;            // what the callbacks have looked up last, …
  stream_id found_id_ = 0;             // … by this number; 0: nothing
  stream* block_stream_ = nullptr;     // of the header block being received
  std::string_view block_fault_;       // the rule that it breaks
  bool block_trailers_ = false;
  bool block_open_ = false;            // a header block has begun and not ended
  std::size_t block_first_field_ = 0;  // of the header block being received
  std::size_t block_size_ = 0;
  std::uint32_t block_continuations_ = 0;
  bool block_too_large_ = false;
  std::size_t withheld_ = 0;      // received; the connection's credit for it has not returned
  std::size_t buffered_ = 0;      // in whole messages that nobody has taken
  std::size_t queued_bytes_ = 0;  // of all streams

  keepalive keepalive_;
  connection_life life_;
  bdp_estimator bdp_;
  time_point last_received_ = never;  // never: nothing has come yet
  time_point settings_due_ = never;   // our SETTINGS must have been acknowledged
  time_point upkeep_due_ = never;     // the first of what these wait for
  std::uint64_t keepalives_sent_ = 0;
  std::uint32_t unacknowledged_settings_ = 0;
  bool drain_begun_ = false;
  bool drain_pending_ = false;  // the second GOAWAY is still to come
  std::string drain_debug_;

  output_queue output_;
  codec::spare_buffers spares_;
  input_blocks blocks_;
  codec::input_block* input_block_ = nullptr;
  bool large_message_ = false;      // the rest of one is expected
  time_point spares_due_ = never;   // when to look whether they are still of use
  bool spares_used_ = false;        // since then
  bool data_sent_pending_ = false;  // such an event was raised since all were polled
  bool output_stopped_ = false;     // at the high water, before nghttp2 had said all
  stream_rules stream_rules_;       // for the client of this server
  std::optional<std::string_view> abuse_;
  std::string last_goaway_;      // written by hand, goes out last
  bool answer_first_ = false;    // nghttp2 is sound: what it has to say goes before that
  bool notice_pending_ = false;  // announce_shutdown() is on its way out …
  std::optional<std::uint64_t> ping_behind_notice_;  // … and this follows it
  std::string failure_text_;
  std::error_code fault_;
  bool peer_settings_seen_ = false;
  bool settings_acknowledged_ = false;  // ours
  bool window_wanted_ = false;          // of any stream: once true, new ones are looked at
  bool draining_ = false;
  bool failed_ = false;
};

}  // namespace grpcwire::transport
