// Where C becomes C++: each callback of nghttp2 turns into at most one event of the session.

#include "nghttp2_callbacks.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include <grpcwire/transport/session.hpp>

namespace grpcwire::transport {
namespace {

std::string_view view(nghttp2_rcbuf* text) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(text);
  return codec::as_text({bytes.base, bytes.len});
}

}  // namespace

/// A friend of session; all functions are static and called by nghttp2 only.
struct nghttp2_callbacks_of {
  static session& self(void* user) { return *static_cast<session*>(user); }

  /// Callbacks come several times for a stream before they come for another one.
  static stream* find(session& s, nghttp2_session* http2, std::int32_t id) {
    if (id == s.found_id_ && id != 0) return s.found_;
    auto* const found = static_cast<stream*>(nghttp2_session_get_stream_user_data(http2, id));
    if (found != nullptr) {
      s.found_id_ = id;
      s.found_ = found;
    }
    return found;
  }
  /// nullptr: nghttp2 may know it for longer than this side does.
  static void set_stream(session& s, nghttp2_session* http2, std::int32_t id, stream* to) {
    s.found_id_ = to == nullptr ? 0 : id;
    s.found_ = to;
    nghttp2_session_set_stream_user_data(http2, id, to);
  }

  /// Remembers a verdict of the abuse counters; receive() ends the connection with it.
  static int judge(session& s, limits::verdict verdict) {
    if (!verdict) return 0;
    if (!s.abuse_) s.abuse_ = verdict;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    session& s = self(user);
    if (head->type != NGHTTP2_CONTINUATION) {
      s.block_continuations_ = 0;
      return 0;
    }
    if (++s.block_continuations_ <= s.settings_.abuse.continuations) return 0;
    return judge(s, "too many CONTINUATION frames");
  }

  static int on_begin_headers(nghttp2_session* http2, const nghttp2_frame* frame, void* user) {
    session& s = self(user);
    s.block_open_ = true;
    if (!s.field_kinds_) s.field_kinds_ = std::make_unique<field_kinds>();
    s.block_first_field_ = s.turn_->fields.size();
    s.block_size_ = 0;
    s.block_too_large_ = false;
    s.block_fault_ = {};
    s.block_trailers_ = false;
    if (s.role_ == role::server && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      stream& opened = s.add_stream(nullptr);
      s.block_stream_ = &opened;
      opened.id = frame->hd.stream_id;
      opened.state = stream_state::open;
      opened.window = s.settings_.stream_window;
      set_stream(s, http2, opened.id, &opened);
    } else {
      s.block_stream_ = find(s, http2, frame->hd.stream_id);
      s.block_trailers_ = s.block_stream_ != nullptr && !s.block_stream_->rules.expects_head();
    }
    return 0;
  }

  /// The peer broke a rule of HTTP: the stream ends, the connection does not.
  static void reject(nghttp2_session* http2, stream& st, std::string_view fault) {
    if (!st.fault.empty()) return;
    st.fault = fault;
    nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, st.id, NGHTTP2_PROTOCOL_ERROR);
  }

  static int count_field(session& s, const codec::header_view& field) {
    s.block_size_ += header_size(field);
    if (s.block_size_ <= s.settings_.max_header_list_size) return 0;
    s.block_too_large_ = true;
    const std::size_t abuse =
        std::size_t{s.settings_.max_header_list_size} * s.settings_.header_list_abuse_factor;
    return s.block_size_ > abuse ? judge(s, "header list too large") : 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name,
                       nghttp2_rcbuf* value, std::uint8_t flags, void* user) {
    session& s = self(user);
    codec::header_view field{view(name), view(value), (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0};
    if (const int verdict = count_field(s, field)) return verdict;
    const bool of_request = s.role_ == role::server;
    // Beyond the limit the block is still decoded (HPACK state is shared), but no longer stored.
    const field_kind kind = s.block_too_large_ ? kind_of(field, of_request)
                                               : s.field_kinds_->of(name, value, field, of_request,
                                                                    s.turn_->field_texts);
    if (s.block_stream_ != nullptr && s.block_fault_.empty()) {
      s.block_fault_ =
          s.block_stream_->rules.field(kind, field.value, of_request, s.block_trailers_);
    }
    if (s.block_too_large_ || !s.block_fault_.empty() || kind == field_kind::ignored) return 0;
    s.turn_->fields.push_back(field);
    return 0;
  }

  static int on_data_chunk(nghttp2_session* http2, std::uint8_t, std::int32_t id,
                           const std::uint8_t* data, std::size_t size, void* user) {
    session& s = self(user);
    s.withheld_ += size;
    stream* st = find(s, http2, id);
    if (st != nullptr && st->state == stream_state::open && st->fault.empty()) {
      if (const auto fault = st->rules.data(size); !fault.empty()) {
        reject(http2, *st, fault);
        return 0;
      }
      st->unread += static_cast<std::int64_t>(size);
      s.push(event_kind::data_received, *st).what.data = {data, size};
    }
    return 0;
  }

  static void on_data_end(session& s, stream& st) {
    st.remote_end_received = true;
    if (!s.turn_->raised.empty()) {
      event& last = s.turn_->raised.back().what;
      if (last.kind == event_kind::data_received && last.stream == st.handle) {
        last.end_stream = true;
        return;
      }
    }
    s.push(event_kind::data_received, st).what.end_stream = true;
  }

  static int on_data_frame(session& s, nghttp2_session* http2, stream* st,
                           const nghttp2_frame_hd& head) {
    const bool end = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (st != nullptr && end && st->state == stream_state::open && st->fault.empty()) {
      if (const auto fault = st->rules.end(); !fault.empty()) {
        reject(http2, *st, fault);
      } else {
        on_data_end(s, *st);
      }
    }
    return judge(s, s.limits_.data_received(head.length == 0 && !end));
  }

  static void on_headers_frame(session& s, nghttp2_session* http2, stream& st,
                               const nghttp2_frame_hd& head) {
    const bool end = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool of_request = s.role_ == role::server;
    message_rules::fault fault = s.block_fault_;
    if (fault.empty()) fault = st.rules.block_end(of_request, s.block_trailers_, end);
    if (!fault.empty()) return reject(http2, st, fault);
    if (end) st.remote_end_received = true;
    st.announced = true;
    event_record& r = s.push(event_kind::headers_received, st);
    r.what.end_stream = end;
    r.what.headers_too_large = s.block_too_large_;
    r.first_field = s.block_first_field_;
    r.field_count = s.turn_->fields.size() - s.block_first_field_;
    if (s.trace_ != nullptr) {
      s.trace_->on_header_block(direction::received, st.id,
                                {s.turn_->fields.data() + r.first_field, r.field_count}, end);
    }
  }

  static int on_settings(session& s, const nghttp2_frame_hd& head) {
    if ((head.flags & NGHTTP2_FLAG_ACK) != 0) {
      s.settings_acknowledged();
      s.apply_wanted_windows();
      return 0;
    }
    if (!s.peer_settings_seen_) {
      s.peer_settings_seen_ = true;
      s.turn_->raised.emplace_back(event{.kind = event_kind::settings_received});
    }
    s.grant_waiting();
    return judge(s, s.limits_.settings_received(s.now_));
  }

  static int on_ping(session& s, const nghttp2_frame& frame) {
    if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) {
      // The rest of the input is looked at first, so that the peer gets its acknowledgements.
      const limits::verdict verdict = s.limits_.ping_received(s.now_, s.open_streams_ != 0);
      if (verdict && !s.abuse_) s.abuse_ = verdict;
      return 0;
    }
    event acknowledged{.kind = event_kind::ping_acknowledged};
    std::memcpy(&acknowledged.opaque, frame.ping.opaque_data, sizeof acknowledged.opaque);
    if (s.acknowledges_own_ping(acknowledged.opaque)) return 0;
    s.turn_->raised.emplace_back(acknowledged);
    return 0;
  }

  static int on_rst_stream(session& s, stream* st) {
    if (st != nullptr) st->reset_by_peer = true;
    return judge(s, s.limits_.reset_received(s.now_));
  }

  static int on_goaway(session& s, const nghttp2_goaway& frame) {
    s.draining_ = true;
    event received{.kind = event_kind::goaway_received,
                   .last_stream_id = frame.last_stream_id,
                   .error_code = frame.error_code};
    received.text = s.turn_->text.copy(codec::as_text({frame.opaque_data, frame.opaque_data_len}));
    s.note_goaway("the peer", frame.error_code, received.text);
    s.turn_->raised.emplace_back(received);
    s.grant_waiting();
    return 0;
  }

  static int on_window_update(session& s, nghttp2_session* http2, const nghttp2_frame& frame) {
    if (s.trace_ != nullptr) {
      const std::int32_t id = frame.hd.stream_id;
      const std::int64_t window = id == 0
                                      ? nghttp2_session_get_remote_window_size(http2)
                                      : nghttp2_session_get_stream_remote_window_size(http2, id);
      s.trace_->on_window(direction::received, id, frame.window_update.window_size_increment,
                          window);
    }
    return judge(s, s.limits_.window_update_received(s.now_));
  }

  static int on_frame_recv(nghttp2_session* http2, const nghttp2_frame* frame, void* user) {
    session& s = self(user);
    if (s.trace_ != nullptr) s.trace_->on_frame(direction::received, info_of(frame->hd));
    switch (frame->hd.type) {
      case NGHTTP2_DATA:
        return on_data_frame(s, http2, find(s, http2, frame->hd.stream_id), frame->hd);
      case NGHTTP2_HEADERS:
        s.block_open_ = false;
        if (stream* st = find(s, http2, frame->hd.stream_id)) {
          on_headers_frame(s, http2, *st, frame->hd);
        }
        return 0;
      case NGHTTP2_SETTINGS:
        return on_settings(s, frame->hd);
      case NGHTTP2_PING:
        return on_ping(s, *frame);
      case NGHTTP2_RST_STREAM:
        return on_rst_stream(s, find(s, http2, frame->hd.stream_id));
      case NGHTTP2_GOAWAY:
        return on_goaway(s, frame->goaway);
      case NGHTTP2_WINDOW_UPDATE:
        return on_window_update(s, http2, *frame);
      case NGHTTP2_PRIORITY:
        return judge(s, s.limits_.priority_received(s.now_));
      default:
        return 0;
    }
  }

  static int on_invalid_frame(nghttp2_session* http2, const nghttp2_frame* frame, int error,
                              void* user) {
    session& s = self(user);
    if (frame->hd.type == NGHTTP2_HEADERS) s.block_open_ = false;
    if (frame->hd.type == NGHTTP2_GOAWAY && !s.fault_) {
      // HAProxy, as a client, names the last stream of its own. Why it goes tells more than how
      // this side answers.
      const nghttp2_goaway& goaway = frame->goaway;
      s.note_goaway("the peer", goaway.error_code,
                    codec::as_text({goaway.opaque_data, goaway.opaque_data_len}));
      s.failure_text_ +=
          ", whose last stream (" + std::to_string(goaway.last_stream_id) + ") is impossible";
    }
    if (stream* st = find(s, http2, frame->hd.stream_id)) st->fault = nghttp2_strerror(error);
    return 0;
  }

  static int on_stream_close(nghttp2_session* http2, std::int32_t id, std::uint32_t error_code,
                             void* user) {
    session& s = self(user);
    stream* st = find(s, http2, id);
    if (st == nullptr || st->state == stream_state::closed) return 0;
    set_stream(s, http2, id, nullptr);
    const auto [reason, text] = why_closed(s, *st, error_code);
    if (reason == close_reason::reset_locally && !text.empty()) error_code = NGHTTP2_INTERNAL_ERROR;
    if (reason == close_reason::protocol_error && error_code == NGHTTP2_NO_ERROR) {
      error_code = NGHTTP2_PROTOCOL_ERROR;
    }
    s.close(*st, reason, error_code, text);
    return 0;
  }

  static std::pair<close_reason, std::string_view> why_closed(session& s, const stream& st,
                                                              std::uint32_t error_code) {
    if (st.reset_by_peer) {
      if (error_code == NGHTTP2_REFUSED_STREAM) return {close_reason::refused, {}};
      return {close_reason::reset_by_peer, {}};
    }
    if (st.reset_locally) return {close_reason::reset_locally, st.fault};
    // nghttp2 takes a stream whose two sides have ended for finished, whatever is wrong with it.
    if (!st.fault.empty()) return {close_reason::protocol_error, st.fault};
    if (error_code == NGHTTP2_NO_ERROR) return {close_reason::finished, {}};
    if (error_code == NGHTTP2_REFUSED_STREAM) {
      return {close_reason::refused, s.turn().text.copy(s.failure_text_)};
    }
    return {close_reason::protocol_error, st.fault};
  }
};

const nghttp2_session_callbacks* session_callbacks() {
  using owner = std::unique_ptr<nghttp2_session_callbacks,
                                decltype([](auto* c) { nghttp2_session_callbacks_del(c); })>;
  static const owner callbacks = [] {
    nghttp2_session_callbacks* c = nullptr;
    nghttp2_session_callbacks_new(&c);
    using f = nghttp2_callbacks_of;
    nghttp2_session_callbacks_set_on_begin_frame_callback(c, f::on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, f::on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(c, f::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, f::on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, f::on_frame_recv);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, f::on_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, nghttp2_output_of::on_frame_send);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(c,
                                                             nghttp2_output_of::on_frame_not_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, f::on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(c, nghttp2_output_of::send_data);
    return owner(c);
  }();
  return callbacks.get();
}

}  // namespace grpcwire::transport
