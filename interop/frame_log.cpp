#include "frame_log.hpp"

#include <string_view>

#include <grpcwire/transport/http2_names.hpp>

namespace grpcwire::interop {
namespace {

namespace http2 = transport::http2;
using transport::direction;

constexpr std::size_t header_list_size_max = 400;  // of the text

std::string_view verb(direction way) {
  return way == direction::sent ? "sent" : "received";
}

void append_visible(std::string& to, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    to += byte >= 0x20 && byte < 0x7f ? c : '?';
  }
}

}  // namespace

void last_frames::push(line next) {
  lines_.push_back(std::move(next));
  if (lines_.size() > lines_kept) lines_.pop_front();
}

void last_frames::add_header_list(std::string text) {
  const std::lock_guard lock(mutex_);
  ++count_;
  push({.text = std::move(text)});
}

void last_frames::add(direction way, const transport::frame_info& frame) {
  std::string text(verb(way));
  text.append(" ").append(http2::frame_type_name(frame.type));
  if (frame.stream_id != 0) text.append(", stream ").append(std::to_string(frame.stream_id));
  std::string flags = http2::flag_names(frame.type, frame.flags);
  const std::lock_guard lock(mutex_);
  ++count_;
  if (frame.type != http2::frame_type::data) {
    text.append(", ").append(std::to_string(frame.length)).append(" bytes");
    return push({.text = std::move(text), .flags = std::move(flags)});
  }
  if (lines_.empty() || lines_.back().text != text || !lines_.back().flags.empty()) {
    push({.text = std::move(text)});
  }
  line& last = lines_.back();
  ++last.data_frames;
  last.data_size += frame.length;
  last.flags = std::move(flags);
}

std::vector<std::string> last_frames::lines() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const line& each : lines_) {
    std::string text = each.text;
    if (each.data_frames > 1) text += ", " + std::to_string(each.data_frames) + " frames";
    if (each.data_frames > 0) text += ", " + std::to_string(each.data_size) + " bytes";
    if (!each.flags.empty()) text += ", " + each.flags;
    all.push_back(std::move(text));
  }
  return all;
}

std::size_t last_frames::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void frame_log::on_bytes(direction way, codec::const_bytes bytes) {
  if (bytes_to_) bytes_to_->on_bytes(way, bytes);
}

void frame_log::on_frame(direction way, const transport::frame_info& frame) {
  if (frame.type == http2::frame_type::headers || frame.type == http2::frame_type::continuation) {
    return;
  }
  to_->add(way, frame);
}

void frame_log::on_header_block(direction way, std::int32_t stream, codec::header_list_view fields,
                                bool end_stream) {
  std::string line(verb(way));
  line.append(" HEADERS, stream ").append(std::to_string(stream));
  if (end_stream) line.append(", END_STREAM");
  for (std::string_view before = ": "; const codec::header_view& field : fields) {
    line.append(before).append(field.name).append(" ");
    append_visible(line, field.name == "authorization" ? "(secret)" : field.value);
    before = ", ";
  }
  if (line.size() > header_list_size_max) line.replace(header_list_size_max, line.npos, " ...");
  to_->add_header_list(std::move(line));
}

}  // namespace grpcwire::interop
