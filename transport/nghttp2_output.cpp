// How the data and the header lists of a stream get into nghttp2 and out into the output queue.

#include <algorithm>
#include <cstddef>
#include <utility>

#include <grpcwire/transport/session.hpp>

#include "nghttp2_callbacks.hpp"

namespace grpcwire::transport {
namespace {
constexpr std::size_t kept_buffers = 64;  // that were sent, before they are taken out of the list
}

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
  s.output_.append({head, 9});
  if (length == 0) return 0;
  s.limits_.data_sent(length, length < st.queued_bytes);
  while (length != 0) {
    codec::buffer& first = st.data[st.first_data];
    const std::size_t size = std::min(length, first.size() - st.first_offset);
    const codec::const_bytes part = first.view().subspan(st.first_offset, size);
    if (first.size() >= output_queue::by_reference_min) {
      s.output_.append_reference(part);
    } else {
      s.output_.append(part);
    }
    length -= size;
    st.first_offset += size;
    st.queued_bytes -= size;
    s.queued_bytes_ -= size;
    if (st.first_offset == first.size()) {
      codec::buffer sent = std::move(first);
      if (sent.size() >= output_queue::by_reference_min) s.output_.retire(std::move(sent));
      st.first_offset = 0;
      ++st.first_data;
    }
  }
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
    s.data_sent_pending_ = true;
  }
  return 0;
}

nv_list::nv_list(codec::header_list_view fields) : size_(fields.size()) {
  nghttp2_nv* to = few_.data();
  if (size_ > few_.size()) {
    many_.resize(size_);
    to = many_.data();
  }
  for (const codec::header_view& field : fields) {
    const int index = field.sensitive ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    // nghttp2 does not write through these pointers; its C interface has no const.
    *to++ = {const_cast<std::uint8_t*>(codec::as_bytes(field.name).data()),
             const_cast<std::uint8_t*>(codec::as_bytes(field.value).data()), field.name.size(),
             field.value.size(),
             static_cast<std::uint8_t>(index | NGHTTP2_NV_FLAG_NO_COPY_NAME |
                                       NGHTTP2_NV_FLAG_NO_COPY_VALUE)};
  }
}

nghttp2_data_provider data_provider(stream& s) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &s;
  provider.read_callback = nghttp2_output_of::read_data;
  return provider;
}

}  // namespace grpcwire::transport
