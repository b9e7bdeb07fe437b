#include "stream_rules.hpp"

#include <algorithm>

#include <grpcwire/transport/http2_names.hpp>

#include "big_endian.hpp"

namespace grpcwire::transport {

std::size_t stream_rules::check(codec::const_bytes bytes) {
  std::size_t at = 0;
  while (ahead_ < bytes.size() - at) {
    at += ahead_;
    ahead_ = 0;
    const std::size_t begin = at;
    const std::uint8_t* head = bytes.data() + at;
    const std::size_t missing = head_.size() - head_size_;
    if (head_size_ != 0 || bytes.size() - at < missing) {
      const std::size_t part = std::min(missing, bytes.size() - at);
      std::copy_n(head, part, head_.begin() + static_cast<std::ptrdiff_t>(head_size_));
      if (part < missing) {
        head_size_ += part;
        return bytes.size();
      }
      head = head_.data();
      head_size_ = 0;
    }
    at += missing;
    if (!accept(head)) return begin;
    ahead_ = read_u32({head, 4}) >> 8;  // the length of its payload
  }
  ahead_ -= bytes.size() - at;
  return bytes.size();
}

bool stream_rules::accept(const std::uint8_t* head) {
  const std::uint8_t type = head[3];
  if (type > http2::frame_type::rst_stream || type == http2::frame_type::priority) return true;
  const std::uint32_t id = read_u31({head + 5, 4});
  if (id % 2 == 0) return true;  // nghttp2 knows better
  std::uint32_t& ended = ended_[id / 2 % remembered];
  if (type == http2::frame_type::headers && !skipped_.accept(static_cast<stream_id>(id))) {
    return refuse(http2_errc::protocol_error,
                  "HEADERS on a stream whose number is lower than that of a newer one");
  }
  if (ended == id && type != http2::frame_type::rst_stream) {
    return refuse(http2_errc::stream_closed, type == http2::frame_type::data
                                                 ? "DATA on a stream that its sender has ended"
                                                 : "HEADERS on a stream that its sender has ended");
  }
  if ((head[4] & http2::flag::end_stream) != 0 || type == http2::frame_type::rst_stream) ended = id;
  return true;
}

bool stream_rules::refuse(http2_errc code, std::string_view text) {
  broken_ = {code, text};
  return false;
}

}  // namespace grpcwire::transport
