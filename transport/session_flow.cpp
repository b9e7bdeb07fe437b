// The windows of a session: set for one stream, shown, held back when too much waits to be read.

#include <algorithm>
#include <utility>

#include <grpcwire/transport/session.hpp>

#include "nghttp2_callbacks.hpp"

namespace grpcwire::transport {

void session::set_receive_window(stream_handle handle, std::uint32_t size) {
  stream* s = find(handle);
  if (s == nullptr || failed_ || s->state == stream_state::closed) return;
  window_wanted_ = true;
  s->wanted_window = std::clamp<std::uint32_t>(size, 1, window_max);
  apply_wanted_window(*s);
}

/// Windows are counted from what our SETTINGS say, so the peer must have acknowledged them; and a
/// stream of this client must exist, which it does once its HEADERS are on their way.
void session::apply_wanted_window(stream& s) {
  if (s.wanted_window == 0 || s.id == 0 || s.state != stream_state::open ||
      !settings_acknowledged_ ||
      nghttp2_session_get_stream_effective_local_window_size(http2_.get(), s.id) < 0) {
    return;
  }
  const std::uint32_t wanted = std::exchange(s.wanted_window, 0);
  if (wanted > s.window) return raise_window(s, wanted);
  if (!s.credit_by_hand) {
    // What nghttp2 counts as consumed but has not given back comes off the debt.
    const std::int64_t open = nghttp2_session_get_stream_local_window_size(http2_.get(), s.id);
    s.debt = open + s.unread - std::int64_t{s.window};
    s.credit_by_hand = true;
  }
  s.debt += std::int64_t{s.window} - wanted;
  s.window = wanted;
  give_credit(s, 0);
}

void session::raise_window(stream& s, std::uint32_t wanted) {
  const std::int64_t more = std::int64_t{wanted} - s.window;
  s.window = wanted;
  if (s.credit_by_hand) {
    s.debt -= more;
    return give_credit(s, 0);
  }
  // Added to what nghttp2 counts with: it may still wait for the peer to acknowledge our SETTINGS.
  const std::int64_t now =
      nghttp2_session_get_stream_effective_local_window_size(http2_.get(), s.id);
  nghttp2_session_set_local_window_size(
      http2_.get(), NGHTTP2_FLAG_NONE, s.id,
      static_cast<std::int32_t>(std::min<std::int64_t>(now + more, window_max)));
}

/// Half a window at a time, as nghttp2 does it; at once what is more than a debt paid.
void session::give_credit(stream& s, std::size_t consumed) {
  s.debt -= static_cast<std::int64_t>(consumed);
  if (s.debt >= 0) return;
  s.unreturned -= std::exchange(s.debt, 0);
  if (s.unreturned < s.window / 2) return;
  nghttp2_submit_window_update(http2_.get(), NGHTTP2_FLAG_NONE, s.id,
                               static_cast<std::int32_t>(std::exchange(s.unreturned, 0)));
}

void session::apply_wanted_windows() {
  if (std::exchange(settings_acknowledged_, true)) return;
  for (const auto& s : streams_) {
    if (s) apply_wanted_window(*s);
  }
}

flow_state session::flow() const noexcept {
  flow_state now;
  if (failed_) return now;
  now.queued = queued_bytes_;
  now.connection_send_window = nghttp2_session_get_remote_window_size(http2_.get());
  now.connection_receive_window = nghttp2_session_get_local_window_size(http2_.get());
  return now;
}

flow_state session::flow(stream_handle handle) const noexcept {
  const stream* s = find(handle);
  if (s == nullptr || failed_ || s->state == stream_state::closed) return {};
  nghttp2_session* http2 = http2_.get();
  flow_state now = flow();
  now.queued = s->queued_bytes;
  if (s->state != stream_state::open) return now;
  now.receive_window_size = s->wanted_window != 0 ? s->wanted_window : s->window;
  now.send_window = nghttp2_session_get_stream_remote_window_size(http2, s->id);
  now.receive_window = nghttp2_session_get_stream_local_window_size(http2, s->id);
  return now;
}

void session::remove_buffered(std::size_t size) {
  buffered_ -= std::min(size, buffered_);
  return_connection_credit();
}

/// One slow stream must not stall the others: the credit returns on arrival, unless very much waits
/// for its readers.
void session::return_connection_credit() {
  if (withheld_ == 0 || failed_ || buffered_ > settings_.max_buffered_bytes) return;
  nghttp2_session_consume_connection(http2_.get(), std::exchange(withheld_, 0));
}

}  // namespace grpcwire::transport
