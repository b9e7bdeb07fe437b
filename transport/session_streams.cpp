// The streams of a session: how they are opened, fed, credited and closed.

#include <algorithm>
#include <utility>

#include <grpcwire/transport/session.hpp>

#include "nghttp2_callbacks.hpp"
#include "spare_parts.hpp"

namespace grpcwire::transport {

stream& session::add_stream(void* owner) {
  if (free_slots_.empty()) {
    free_slots_.push_back({static_cast<std::uint32_t>(streams_.size()), 0});
    streams_.emplace_back();
  }
  const stream_handle handle = free_slots_.back();
  free_slots_.pop_back();
  streams_[handle.slot] = take_stream();
  stream& s = *streams_[handle.slot];
  s.handle = handle;
  s.owner = owner;
  if (open_streams_++ == 0) life_.streams_began();
  return s;
}

std::vector<std::pair<void*, stream_handle>> session::owned_streams() const {
  std::vector<std::pair<void*, stream_handle>> owned;
  for (const auto& s : streams_) {
    if (s && s->owner != nullptr) owned.emplace_back(s->owner, s->handle);
  }
  return owned;
}

/// The slot may be used again; handles to the old stream are stale from here on.
void session::release(stream& s) noexcept {
  const auto [slot, generation] = s.handle;
  if (block_stream_ == &s) block_stream_ = nullptr;
  give_back(std::move(streams_[slot]));
  free_slots_.push_back({slot, generation + 1});
}

void session::close(stream& s, close_reason reason, std::uint32_t error_code,
                    std::string_view text) {
  deadlines_.remove(s.handle.slot);
  if (s.state == stream_state::waiting) --waiting_streams_;
  if (s.first_data < s.data.size() && s.first_offset != 0) {
    output_.retire(std::move(s.data[s.first_data]));  // a part of it may wait in output()
  }
  s.data.clear();
  if (--open_streams_ == 0) {
    life_.streams_ended();
    if (life_.due() == at_once && !failed_) upkeep_due_ = at_once;
  }
  queued_bytes_ -= s.queued_bytes;
  s.queued_bytes = 0;
  if (role_ == role::client && s.state != stream_state::waiting) --granted_streams_;
  if (role_ == role::server && !s.announced) {
    release(s);  // its header block was never whole or broke a rule: nobody has heard of it
    return;
  }
  s.state = stream_state::closed;
  event_record& r = push(event_kind::stream_closed, s);
  r.what.reason = reason;
  r.what.error_code = error_code;
  r.what.text = text;
  grant_waiting();
}

event_record& session::push(event_kind kind, stream& s) {
  if (!turn_ || turn_->raised.size() == turn_->raised.capacity()) [[unlikely]] {
    return push_first(kind, s);
  }
  event_record& r = turn_->raised.emplace_back();
  r.what.kind = kind;
  r.what.stream = s.handle;
  return r;
}

/// By itself, so that push() has next to nothing to save and to restore.
event_record& session::push_first(event_kind kind, stream& s) {
  auto& raised = turn().raised;
  raised.reserve(std::max<std::size_t>(16, 2 * raised.size()));
  return push(kind, s);
}

std::optional<stream_handle> session::open_stream(void* owner, open_error& error) {
  if (failed_) {
    error = open_error::ended;
    return std::nullopt;
  }
  if (draining_ || nghttp2_session_check_request_allowed(http2_.get()) == 0) {
    error = open_error::draining;
    return std::nullopt;
  }
  if (waiting_streams_ >= settings_.max_queued_streams) {
    error = open_error::queue_full;
    return std::nullopt;
  }
  if (keepalive_.dormant()) wake_keepalive();
  stream& s = add_stream(owner);
  if (waiting_streams_ == 0 && granted_streams_ < peer_max_concurrent_streams()) {
    s.state = stream_state::granted;
    ++granted_streams_;
  } else {
    s.state = stream_state::waiting;
    waiting_.push_back(s.handle);
    ++waiting_streams_;
  }
  return s.handle;
}

bool session::granted(stream_handle handle) const noexcept {
  const stream* s = find(handle);
  return s != nullptr && s->state != stream_state::waiting;
}

void session::grant_waiting() {
  if (draining_) return refuse_waiting();
  while (!failed_ && !waiting_.empty() && granted_streams_ < peer_max_concurrent_streams()) {
    stream* s = find(waiting_.front());
    waiting_.pop_front();
    if (s == nullptr || s->state != stream_state::waiting) continue;
    s->state = stream_state::granted;
    --waiting_streams_;
    ++granted_streams_;
    push(event_kind::stream_granted, *s);
  }
}

/// GOAWAY: what waits here was never sent and may go elsewhere.
void session::refuse_waiting() {
  if (waiting_.empty()) return;
  const std::string_view why = turn().text.copy(failure_text_);
  // Taken out first, because each close() comes back here.
  for (const stream_handle handle : std::exchange(waiting_, {})) {
    stream* s = find(handle);
    if (s != nullptr && s->state == stream_state::waiting) {
      close(*s, close_reason::refused, static_cast<std::uint32_t>(http2_errc::refused_stream), why);
    }
  }
}

void session::refuse_waiting(std::size_t count) {
  for (; count != 0 && waiting_streams_ != 0; --count) {
    stream* s = nullptr;
    while (s == nullptr || s->state != stream_state::waiting) {
      s = find(waiting_.front());
      waiting_.pop_front();
    }
    close(*s, close_reason::refused, static_cast<std::uint32_t>(http2_errc::refused_stream), {});
  }
}

void session::set_owner(stream_handle handle, void* owner) noexcept {
  if (stream* s = find(handle)) s->owner = owner;
}

void session::forget(stream_handle handle) noexcept {
  stream* const s = find(handle);
  if (s == nullptr) return;
  s->owner = nullptr;
  s->forgotten = s->state == stream_state::closed;
  deadlines_.remove(handle.slot);
}

void* session::owner(stream_handle handle) const noexcept {
  const stream* s = find(handle);
  return s == nullptr ? nullptr : s->owner;
}

void session::send_headers(stream_handle handle, codec::header_list_view fields, bool end_stream) {
  stream* s = find(handle);
  if (s == nullptr || failed_ || s->headers_sent) return;
  if (s->state != stream_state::granted && s->state != stream_state::open) return;
  s->headers_sent = true;
  if (role_ == role::client) {
    send_request(*s, fields, end_stream);
  } else {
    send_response(*s, fields, end_stream);
  }
  if (trace_ != nullptr) {
    trace_->on_action("send_headers", s->id, {});
    trace_->on_header_block(direction::sent, s->id, fields, end_stream);
  }
}

void session::send_request(stream& s, codec::header_list_view head, bool end_stream) {
  const nv_list fields(head, s.head);
  const nghttp2_data_provider provider = data_provider(s);
  const std::int32_t id = nghttp2_submit_request(
      http2_.get(), nullptr, fields.data(), fields.size(), end_stream ? nullptr : &provider, &s);
  if (id < 0) {
    // Stream ids are used up, or no memory: another connection can do it.
    draining_ = true;
    close(s, close_reason::refused, static_cast<std::uint32_t>(http2_errc::refused_stream),
          nghttp2_strerror(id));
    return;
  }
  s.id = id;
  s.state = stream_state::open;
  s.window = settings_.stream_window;
}

void session::send_response(stream& s, codec::header_list_view head, bool end_stream) {
  const nv_list fields(head, s.head);
  const nghttp2_data_provider provider = data_provider(s);
  nghttp2_submit_response(http2_.get(), s.id, fields.data(), fields.size(),
                          end_stream ? nullptr : &provider);
}

void session::resume(stream& s) {
  if (!s.deferred) return;
  s.deferred = false;
  nghttp2_session_resume_data(http2_.get(), s.id);
}

void session::send_data(stream_handle handle, codec::buffer&& data, bool end_stream, bool report) {
  stream* s = find(handle);
  if (s == nullptr || failed_ || s->state != stream_state::open || s->end_after_data ||
      s->has_trailers) {
    return;
  }
  if (trace_ != nullptr) trace_->on_action("send_data", s->id, {});
  if (!data.empty()) {
    s->queued_bytes += data.size();
    queued_bytes_ += data.size();
    s->data.push_back(std::move(data));
  }
  s->end_after_data = end_stream;
  s->report_sent = s->report_sent || (report && s->queued_bytes != 0);
  resume(*s);
}

void session::send_trailers(stream_handle handle, codec::header_list_view fields) {
  stream* s = find(handle);
  if (s == nullptr || failed_ || s->state != stream_state::open || s->end_after_data ||
      s->has_trailers) {
    return;
  }
  if (trace_ != nullptr) {
    trace_->on_action("send_trailers", s->id, {});
    trace_->on_header_block(direction::sent, s->id, fields, true);
  }
  s->trailers.assign(fields);
  s->has_trailers = true;
  if (s->queued_bytes != 0 || !s->headers_sent) return resume(*s);
  // Behind the data means now. nghttp2 would wait for an open window to send an empty DATA frame.
  s->trailers_submitted = true;
  const nv_list trailers(s->trailers.fields());
  nghttp2_submit_trailer(http2_.get(), s->id, trailers.data(), trailers.size());
}

void session::reset(stream_handle handle, std::uint32_t error_code) {
  stream* s = find(handle);
  if (s == nullptr || s->state == stream_state::closed || s->reset_locally) return;
  if (trace_ != nullptr) {
    trace_->on_action("reset", s->id, nghttp2_http2_strerror(error_code));
  }
  if (s->state != stream_state::open) {  // nothing of it ever reached nghttp2
    close(*s, close_reason::reset_locally, error_code, {});
    // Those that left the queue out of turn are only taken out of it now and then.
    if (waiting_.size() > 2 * waiting_streams_ + 64) {
      std::erase_if(waiting_, [&](stream_handle h) {
        const stream* other = find(h);
        return other == nullptr || other->state != stream_state::waiting;
      });
    }
    return;
  }
  if (failed_) return;
  s->reset_locally = true;
  nghttp2_submit_rst_stream(http2_.get(), NGHTTP2_FLAG_NONE, s->id, error_code);
}

void session::consume(stream_handle handle, std::size_t size) {
  stream* s = find(handle);
  if (s == nullptr || failed_ || s->state != stream_state::open || s->remote_end_received) return;
  s->unread -= static_cast<std::int64_t>(size);
  if (s->credit_by_hand) return give_credit(*s, size);
  nghttp2_session_consume_stream(http2_.get(), s->id, size);
}

void session::expect(stream_handle handle, std::size_t size) {
  stream* s = find(handle);
  if (s == nullptr || failed_ || s->state != stream_state::open) return;
  if (size >= large_message_min) large_message_ = true;
  // nghttp2 holds back credit for up to half a window, so half a window must hold the message.
  const std::size_t wanted = std::min<std::size_t>(2 * size, window_max);
  if (wanted > s->window) raise_window(*s, static_cast<std::uint32_t>(wanted));
}

void session::set_deadline(stream_handle handle, time_point at) {
  const stream* s = find(handle);
  if (s != nullptr && s->state != stream_state::closed) deadlines_.set(handle.slot, at);
}

void session::clear_deadline(stream_handle handle) {
  if (find(handle) != nullptr) deadlines_.remove(handle.slot);
}

std::size_t session::queued_bytes(stream_handle handle) const noexcept {
  const stream* s = find(handle);
  return s != nullptr ? s->queued_bytes : 0;
}

stream_id session::id(stream_handle handle) const noexcept {
  const stream* s = find(handle);
  return s != nullptr ? s->id : 0;
}

}  // namespace grpcwire::transport
