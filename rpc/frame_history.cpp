#include "frame_history.hpp"

#include <algorithm>

#include <grpcwire/transport/http2_names.hpp>

namespace grpcwire::detail {

using transport::direction;

std::vector<std::string> frame_history::of_stream(std::int32_t id) const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < ring_.size(); ++i) {
    const entry& e = ring_[(begin_ + i) % ring_.size()];
    if (e.frame.stream_id != id || id == 0) continue;
    std::string line = e.direction == direction::sent ? "sent " : "received ";
    line.append(transport::http2::frame_type_name(e.frame.type));
    line.append(", ").append(std::to_string(e.frame.length)).append(" bytes");
    const std::string flags = transport::http2::flag_names(e.frame.type, e.frame.flags);
    if (!flags.empty()) line.append(", ").append(flags);
    lines.push_back(std::move(line));
  }
  if (lines.size() > size_) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(size_));
  }
  return lines;
}

void frame_history::on_bytes(direction d, codec::const_bytes bytes) {
  if (next_ != nullptr) next_->on_bytes(d, bytes);
}

void frame_history::on_frame(direction d, const transport::frame_info& frame) {
  if (ring_.size() < size_ * 16) {
    ring_.push_back({d, frame});
  } else if (size_ != 0) {
    ring_[begin_] = {d, frame};
    begin_ = (begin_ + 1) % ring_.size();
  }
  if (next_ != nullptr) next_->on_frame(d, frame);
}

void frame_history::on_header_block(direction d, std::int32_t id, codec::header_list_view fields,
                                    bool end_stream) {
  if (next_ != nullptr) next_->on_header_block(d, id, fields, end_stream);
}

void frame_history::on_window(direction d, std::int32_t id, std::int32_t change,
                              std::int64_t window) {
  if (next_ != nullptr) next_->on_window(d, id, change, window);
}

void frame_history::on_action(std::string_view action, std::int32_t id, std::string_view detail) {
  if (next_ != nullptr) next_->on_action(action, id, detail);
}

}  // namespace grpcwire::detail
