// One connection of the bad server: what it has to do well, so that a case can do the rest badly.
#include <algorithm>

#include "payloads.hpp"
#include "server_case.hpp"

namespace grpcwire::bad_peer {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
namespace setting = transport::http2::setting;
using transport::frames;

constexpr std::uint32_t stream_window = 16U << 20;
constexpr std::uint32_t more_of_the_connection = 1U << 30;
constexpr std::size_t batch = 64U << 10;      // bytes of frames for one send
constexpr std::chrono::minutes idle_time{2};  // a client that says nothing for so long is gone
constexpr std::chrono::seconds time_to_leave{2};
constexpr std::string_view bad_peer_ping{"\0\0\0\0\0\0\0\0", 8};

}  // namespace

void bad_server::greet() {
  send(frames()
           .settings({{setting::initial_window_size, stream_window}})
           .window_update(0, more_of_the_connection));
}

void bad_server::ping() {
  ++pings_;
  send(frames().ping(bad_peer_ping));
}

void bad_server::close() {
  link_.finish();
  while (const auto frame = link_.next(time_to_leave)) note(*frame);
  link_.close();
}

std::optional<incoming_call> bad_server::next_call() {
  open_.erase(answering_);
  windows_.erase(answering_);
  while (complete_.empty()) {
    const auto frame = link_.next(idle_time);
    if (!frame) return std::nullopt;
    note(*frame);
  }
  answering_ = complete_.front();
  complete_.pop_front();
  ++calls;
  return open_[answering_];
}

void bad_server::note(const received_frame& frame) {
  if (frame.is(type::settings)) return note_settings(frame);
  if (frame.is(type::ping)) {
    if ((frame.flags & flag::ack) == 0) {
      send(frames().ping(frame.payload, true));
    } else if (frame.payload == bad_peer_ping) {
      --pings_;
    }
  }
  if (frame.is(type::window_update)) {
    (frame.stream == 0 ? window_ : windows_[frame.stream]) += increment_of(frame);
  }
  if (frame.is(type::goaway)) {
    const auto [code, text] = goaway_of(frame);
    record_.goaway_received(code, text);
  }
  if (frame.is(type::rst_stream)) {
    record_.reset_received(reset_code_of(frame));
    if (frame.stream != answering_) open_.erase(frame.stream);
    std::erase(complete_, frame.stream);
  }
  if (frame.is(type::headers)) note_headers(frame);
  const auto call = open_.find(frame.stream);
  if (call == open_.end()) return;
  if (frame.is(type::data)) call->second.size += frame.payload.size();
  if (frame.ends_stream()) complete_.push_back(frame.stream);
}

void bad_server::note_settings(const received_frame& frame) {
  if ((frame.flags & flag::ack) != 0) return;
  for (const auto& [id, value] : settings_of(frame)) {
    if (id == setting::max_header_list_size) max_header_list_size_ = value;
    if (id == setting::max_frame_size) max_frame_size_ = value;
    if (id != setting::initial_window_size) continue;
    for (auto& [stream, window] : windows_) window += value - initial_window_;
    initial_window_ = value;
  }
  if (acknowledges_settings) send(frames().settings_ack());
}

void bad_server::note_headers(const received_frame& frame) {
  if (open_.contains(frame.stream)) return;  // trailers
  if (open_.size() >= streams_max) {
    record_.complain("more than " + std::to_string(streams_max) + " calls at a time");
  }
  incoming_call call{.stream = frame.stream};
  call.path = frame.field(":path").value_or("");
  call.outcome = frame.field("bad-peer-outcome").value_or("");
  call.says = readable_message(frame.field("bad-peer-says").value_or(""));
  open_.emplace(frame.stream, std::move(call));
  windows_[frame.stream] += initial_window_;  // WINDOW_UPDATE may have come before
}

std::int64_t bad_server::room(std::uint32_t stream) const {
  const auto window = windows_.find(stream);
  return std::min(window_, window == windows_.end() ? 0 : window->second);
}

bool bad_server::send_data(std::uint32_t stream, std::string_view bytes, data_cut cut) {
  const std::size_t overhead = cut.padding ? *cut.padding + 1U : 0U;
  auto out = frames();
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, cut.payload);
    const auto cost = static_cast<std::int64_t>(piece.size() + overhead);
    if (room(stream) < cost || out.size() > batch) {
      if (!send(out)) return false;
      out = frames();
      while (room(stream) < cost) {
        const auto frame = link_.next();
        if (!frame || (frame->is(type::rst_stream) && frame->stream == stream)) return false;
        note(*frame);
      }
    }
    window_ -= cost;
    windows_[stream] -= cost;
    if (cut.padding) {
      out.data_padded(stream, piece, *cut.padding);
    } else {
      out.data(stream, piece);
    }
    bytes.remove_prefix(piece.size());
  }
  return send(out);
}

void bad_server::answer(const incoming_call& call) {
  const std::string body = call.path == empty_call ? message() : good_message();
  send(whole_answer(call, response_head(), body, ok_trailers()));
}

transport::raw_frames head_of(const incoming_call& call, const fields& list) {
  return frames().headers(call.stream, list);
}

std::string good_message() {
  return message(simple_response(response_size));
}

transport::raw_frames whole_answer(const incoming_call& call, const fields& head,
                                   std::string_view body, const fields& trailers) {
  auto out = head_of(call, head);
  if (!body.empty()) out.data(call.stream, body);
  return out.headers(call.stream, trailers, whole);
}

}  // namespace grpcwire::bad_peer
