// How the data and the header lists of a stream get into nghttp2 and out into the output queue.

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <grpcwire/transport/http2_names.hpp>
#include <grpcwire/transport/session.hpp>

#include "nghttp2_callbacks.hpp"

namespace grpcwire::transport {
namespace {
// A message of so many bytes does not wait for the next one: its memory would not be free for that.
constexpr std::size_t fills_a_write_min = 128 * 1024;
constexpr std::size_t kept_buffers = 64;  // that were sent, before they are taken out of the list

stream* find(nghttp2_session* http2, std::int32_t id) {
  return static_cast<stream*>(nghttp2_session_get_stream_user_data(http2, id));
}

}  // namespace

ssize_t nghttp2_output_of::read_data(nghttp2_session* http2, std::int32_t id, std::uint8_t*,
                                     std::size_t length, std::uint32_t* flags,
                                     nghttp2_data_source* source, void*) {
  stream& st = *static_cast<stream*>(source->ptr);
  const bool ends = st.end_after_data || st.has_trailers;
  if (st.queued_bytes == 0 && (!ends || st.trailers_submitted)) {
    st.deferred = !ends;
    return NGHTTP2_ERR_DEFERRED;
  }
  const std::size_t size = std::min(length, st.queued_bytes);
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (size != st.queued_bytes || !ends) return static_cast<ssize_t>(size);
  if (st.has_trailers) {
    const nv_list trailers(st.trailers.fields());
    nghttp2_submit_trailer(http2, id, trailers.data(), trailers.size());
    st.trailers_submitted = true;
    // Deferred for ever, because the end of the data would be an empty DATA frame of its own.
    if (size == 0) return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(size);
}

/// Writes the frame that read_data() announced: nine bytes of head, then from the stream's queue.
int nghttp2_output_of::send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head,
                                 std::size_t length, nghttp2_data_source* source, void* user) {
  session& s = *static_cast<session*>(user);
  stream& st = *static_cast<stream*>(source->ptr);
  // Enough waits to be written; the same frame is offered again when it has gone.
  if (s.output_.size() >= s.settings_.output_high_water) return NGHTTP2_ERR_WOULDBLOCK;
  codec::const_bytes before{head, http2::frame_header_size};  // goes with what follows it
  if (length != 0) s.limits_.data_sent(length, length < st.queued_bytes);
  bool fills_a_write = false;
  while (length != 0) {
    codec::buffer& first = st.data[st.first_data];
    const std::size_t size = std::min(length, first.size() - st.first_offset);
    const codec::const_bytes part = first.view().subspan(st.first_offset, size);
    if (first.size() >= output_queue::by_reference_min) {
      s.output_.append(std::exchange(before, {}));
      s.output_.append_reference(part);
    } else {
      s.output_.append(std::exchange(before, {}), part);
    }
    length -= size;
    st.first_offset += size;
    st.queued_bytes -= size;
    s.queued_bytes_ -= size;
    if (st.first_offset == first.size()) {
      codec::buffer sent = std::move(first);
      fills_a_write = sent.size() >= fills_a_write_min;
      if (sent.size() >= output_queue::by_reference_min) s.output_.retire(std::move(sent));
      st.first_offset = 0;
      ++st.first_data;
    }
  }
  s.output_.append(before);
  if (st.queued_bytes != 0) {
    // Whoever writes without waiting for data_sent keeps this list from ever being empty.
    if (st.first_data < kept_buffers || st.first_data < st.data.size() / 2) return 0;
    st.data.erase(st.data.begin(), st.data.begin() + static_cast<std::ptrdiff_t>(st.first_data));
    st.first_data = 0;
    return 0;
  }
  st.data.clear();
  st.first_data = 0;
  if (st.report_sent) {
    st.report_sent = false;
    s.push(event_kind::data_sent, st);
    s.data_sent_pending_ = !fills_a_write;
  }
  return 0;
}

int nghttp2_output_of::on_frame_send(nghttp2_session* http2, const nghttp2_frame* frame,
                                     void* user) {
  session& s = *static_cast<session*>(user);
  if (s.trace_ != nullptr) trace_sent(s, http2, *frame);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      s.limits_.data_or_headers_sent();
      const bool opened = s.window_wanted_ && frame->hd.type == NGHTTP2_HEADERS;
      if (!opened && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
      stream* st = find(http2, frame->hd.stream_id);
      if (st == nullptr) return 0;
      if (opened && st->wanted_window != 0) s.apply_wanted_window(*st);
      if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
      st->local_end_sent = true;
      if (s.role_ == role::server && !st->remote_end_received) {
        // RFC 9113 §8.1: a complete response ends the request; the stream must not leak.
        nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, st->id, NGHTTP2_NO_ERROR);
      }
      return 0;
    }
    case NGHTTP2_RST_STREAM: {
      stream* st = find(http2, frame->hd.stream_id);
      const bool own = st != nullptr && st->reset_locally;
      if (own || frame->rst_stream.error_code == NGHTTP2_NO_ERROR) return 0;
      // Not judged here: ending a session while it produces output would lose its GOAWAY.
      const limits::verdict verdict = s.limits_.reset_provoked(s.now_);
      if (verdict && !s.abuse_) s.abuse_ = verdict;
      return 0;
    }
    case NGHTTP2_GOAWAY: {
      const nghttp2_goaway& goaway = frame->goaway;
      if (goaway.error_code != NGHTTP2_NO_ERROR) {
        s.note_goaway("this side", goaway.error_code,
                      codec::as_text({goaway.opaque_data, goaway.opaque_data_len}));
      }
      s.notice_pending_ = false;
      if (const auto opaque = std::exchange(s.ping_behind_notice_, std::nullopt)) s.ping(*opaque);
      s.draining_ = s.draining_ || goaway.last_stream_id != (1U << 31) - 1 ||
                    goaway.error_code != NGHTTP2_NO_ERROR;
      return 0;
    }
    default:
      return 0;
  }
}

/// Headers that cannot be sent end their stream; nghttp2 would leave it open without them.
int nghttp2_output_of::on_frame_not_sent(nghttp2_session* http2, const nghttp2_frame* frame,
                                         int error, void*) {
  if (frame->hd.type != NGHTTP2_HEADERS || error != NGHTTP2_ERR_FRAME_SIZE_ERROR) return 0;
  stream* st = find(http2, frame->hd.stream_id);
  if (st == nullptr || st->reset_locally) return 0;
  st->reset_locally = true;
  st->fault = "the headers are too large to be sent";
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) return 0;  // nghttp2 closes this one itself
  nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, st->id, NGHTTP2_INTERNAL_ERROR);
  return 0;
}

void nghttp2_output_of::trace_sent(session& s, nghttp2_session* http2, const nghttp2_frame& frame) {
  s.trace_->on_frame(direction::sent, info_of(frame.hd));
  if (frame.hd.type != NGHTTP2_WINDOW_UPDATE) return;
  const std::int32_t id = frame.hd.stream_id;
  const std::int64_t window = id == 0 ? nghttp2_session_get_local_window_size(http2)
                                      : nghttp2_session_get_stream_local_window_size(http2, id);
  s.trace_->on_window(direction::sent, id, frame.window_update.window_size_increment, window);
}

namespace {

nghttp2_nv nv_of(const codec::header_view& field) noexcept {
  const int index = field.sensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  // nghttp2 does not write through these pointers; its C interface has no const.
  return {const_cast<std::uint8_t*>(codec::as_bytes(field.name).data()),
          const_cast<std::uint8_t*>(codec::as_bytes(field.value).data()), field.name.size(),
          field.value.size(),
          static_cast<std::uint8_t>(index | NGHTTP2_NV_FLAG_NO_COPY_NAME |
                                    NGHTTP2_NV_FLAG_NO_COPY_VALUE)};
}

}  // namespace

nghttp2_nv* nv_list::room() {
  if (size_ <= few_.size()) return few_.data();
  many_.resize(size_);
  return many_.data();
}

nv_list::nv_list(codec::header_list_view fields) : size_(fields.size()) {
  nghttp2_nv* to = room();
  for (const codec::header_view& field : fields) *to++ = nv_of(field);
}

nv_list::nv_list(codec::header_list_view fields, header_text& keeper) : size_(fields.size()) {
  nghttp2_nv* to = room();
  keeper.assign(fields, [&](const codec::header_view& kept) { *to++ = nv_of(kept); });
}

frame_info info_of(const nghttp2_frame_hd& head) noexcept {
  return {static_cast<std::uint32_t>(head.length), head.type, head.flags, head.stream_id};
}

nghttp2_data_provider data_provider(stream& s) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &s;
  provider.read_callback = nghttp2_output_of::read_data;
  return provider;
}

}  // namespace grpcwire::transport
