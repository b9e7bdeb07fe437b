#include "wire_view.hpp"

#include <algorithm>
#include <array>

#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/transport/frame_parser.hpp>
#include <grpcwire/transport/frame_payloads.hpp>

#include "../recording/tls_records.hpp"
#include "../text_forms.hpp"

namespace grpcwire::tools {
namespace {

namespace type = transport::http2::frame_type;
namespace flag = transport::http2::flag;
namespace setting = transport::http2::setting;
using transport::frame;

constexpr std::size_t begin_size = 64;
constexpr std::size_t message_size_max = 0xffffffff;

// The messages of one direction of a call, as they come out of its DATA frames.
struct message_reader {
  codec::message_framer framer{message_size_max};
  bool inside = false;  // the last of half.messages is not complete

  void feed(codec::const_bytes data, std::size_t frame, wire_half& to) {
    if (to.bad_flag_frame) return;
    framer.feed(data);
    for (;;) {
      const codec::framer_result result = framer.next();
      if (result == codec::framer_result::need_more) break;
      if (result != codec::framer_result::message) {
        to.bad_flag_frame = frame;
        to.bad_flag = framer.flag();
        return;
      }
      wire_message& m = begun(frame, to);
      m.complete = true;
      m.compressed = framer.compressed();
      m.payload = codec::as_text(framer.payload());
      m.length = static_cast<std::uint32_t>(m.payload.size());
      inside = false;
    }
    if (!framer.mid_message()) return;
    wire_message& m = begun(frame, to);
    const bool in_prefix = framer.collected_bytes() == 0 && framer.expected_bytes() < 5;
    m.compressed = framer.compressed();
    m.length = in_prefix ? 0 : framer.declared_length();
  }

 private:
  wire_message& begun(std::size_t frame, wire_half& to) {
    if (!inside) to.messages.emplace_back().frame = frame;
    inside = true;
    to.messages.back().end_frame = frame;
    return to.messages.back();
  }
};

struct lane {
  explicit lane(transport::first_byte first)
      : parser(first), hpack({.table_size_max = 1U << 24, .decoded_size_max = 1U << 20}) {}

  transport::frame_parser parser;
  transport::hpack_view hpack;
  bool preface_told = false;
  bool problem_told = false;
  std::string block;
  std::uint32_t block_stream = 0;
  bool block_ends_stream = false;
  bool block_is_promise = false;
};

class builder {
 public:
  explicit builder(const recording& r) : words_(explained(r)) {
    for (const recorded_connection& c : r.connections) add(c);
  }
  wire_view take() { return std::move(view_); }

 private:
  void add(const recorded_connection& c);
  void read(lane& l, const recorded_chunk& chunk);
  wire_frame& next_words();
  void add_frame(lane& l, const frame& f);
  void add_block(lane& l, const frame& f, wire_frame& w);
  void end_block(lane& l, wire_frame& w);
  void add_data(const frame& f, const wire_frame& w);
  void add_settings(const frame& f, const wire_frame& w);
  void add_window_update(const frame& f, const wire_frame& w);
  void add_reset(const frame& f, wire_frame& w);

  wire_connection& connection() { return view_.connections.back(); }
  wire_call* find(std::uint32_t id) {
    const auto found = open_.find(id);
    return found == open_.end() ? nullptr : &view_.calls[found->second];
  }
  // Notes that the side goes on with the call, though it may not any more.
  wire_half& touch(wire_call& call, const wire_frame& w) {
    wire_half& half = call.of(w.sender);
    const bool reset = call.reset_frame && view_.frames[*call.reset_frame].sender == w.sender;
    if ((half.end_frame || reset) && !half.late_frame) half.late_frame = w.index;
    half.last_frame = w.index;
    return half;
  }

  wire_view view_;
  std::vector<explained_frame> words_;
  std::size_t next_ = 0;                       // in words_
  std::map<std::uint32_t, std::size_t> open_;  // streams of this connection: index in calls
  std::map<std::pair<std::size_t, side>, message_reader> readers_;
};

wire_frame& builder::next_words() {
  wire_frame& w = view_.frames.emplace_back();
  w.index = view_.frames.size() - 1;
  const explained_frame& from = words_[next_++];
  w.connection = from.connection;
  w.time_ns = from.time_ns;
  w.sender = from.sender;
  w.headline = from.headline;
  for (const std::string& line : from.details) {
    if (line.substr(0, 2) == "! ") w.faults.push_back(line.substr(2));
  }
  return w;
}

void builder::add(const recorded_connection& c) {
  view_.connections.emplace_back().recorded = &c;
  open_.clear();
  for (const side s : {side::client, side::server}) connection().of(s).tls = sends_tls(c, s);
  lane client(transport::first_byte::of_a_client);
  lane server(transport::first_byte::of_a_server);
  for (std::size_t i = 0; i < c.chunks.size(); ++i) {
    const recorded_chunk& chunk = c.chunks[i];
    wire_side& s = connection().of(chunk.sender);
    s.bytes += chunk.bytes.size();
    s.last_time_ns = chunk.time_ns - c.opened_ns;
    s.begin +=
        codec::as_text(chunk.bytes).substr(0, begin_size - std::min(begin_size, s.begin.size()));
    if (!s.tls) read(chunk.sender == side::client ? client : server, chunk);
    while (next_ < words_.size() && words_[next_].connection == c.number &&
           words_[next_].chunk == i) {
      next_words();
    }
  }
  while (next_ < words_.size() && words_[next_].connection == c.number) next_words();
}

// The explanation has one entry for the same things in the same order.
void builder::read(lane& l, const recorded_chunk& chunk) {
  l.parser.feed(chunk.bytes);
  if (l.parser.preface_seen() && !l.preface_told) {
    l.preface_told = true;
    next_words();
  }
  while (const std::optional<frame> f = l.parser.next()) add_frame(l, *f);
  if (l.parser.problem() && !l.problem_told) {
    l.problem_told = true;
    next_words();
  }
}

void builder::add_frame(lane& l, const frame& f) {
  wire_frame& w = next_words();
  w.is_frame = true;
  w.type = f.type;
  w.flags = f.flags;
  w.stream_id = f.stream_id;
  wire_side& s = connection().of(w.sender);
  if (!s.first_frame) s.first_frame = w.index;
  switch (f.type) {
    case type::data:
      return add_data(f, w);
    case type::headers:
    case type::push_promise:
    case type::continuation:
      return add_block(l, f, w);
    case type::settings:
      return add_settings(f, w);
    case type::window_update:
      return add_window_update(f, w);
    case type::rst_stream:
      return add_reset(f, w);
    case type::ping:
      if (!w.acknowledges()) {
        if (!s.unanswered_ping) s.unanswered_ping = w.index;
      } else {
        connection().of(other(w.sender)).unanswered_ping.reset();
      }
      return;
    case type::goaway:
      if (const auto goaway = decode_goaway(f)) {
        w.error_code = goaway->error_code;
        w.last_stream_id = goaway->last_stream_id;
        w.debug_text = printable(codec::as_text(goaway->debug_data), true);
      }
      return;
    default:
      return;
  }
}

void builder::add_block(lane& l, const frame& f, wire_frame& w) {
  if (f.type != type::continuation) {
    l.block.clear();
    l.block_stream = f.stream_id;
    l.block_is_promise = f.type == type::push_promise;
    l.block_ends_stream = !l.block_is_promise && f.has(flag::end_stream);
  }
  const auto fragment = decode_header_fragment(f);
  if (fragment) l.block += codec::as_text(fragment->fragment);
  if (f.has(flag::end_headers)) end_block(l, w);
}

void builder::end_block(lane& l, wire_frame& w) {
  transport::hpack_block decoded = l.hpack.decode(codec::as_bytes(l.block));
  if (l.block_is_promise) return;
  wire_call* call = find(l.block_stream);
  if (call == nullptr) {
    open_[l.block_stream] = view_.calls.size();
    call = &view_.calls.emplace_back();
    call->connection = connection().recorded->number;
    call->stream_id = l.block_stream;
  }
  wire_half& half = touch(*call, w);
  if (l.block_ends_stream && !half.end_frame) half.end_frame = w.index;
  if (decoded.problem) return;  // what the fields would have been, nobody knows
  wire_block block{w.index, l.block_ends_stream, std::move(decoded.fields)};
  if (w.sender == side::server && block.value(":status").substr(0, 1) == "1") return;
  if (half.headers) {
    half.trailers = std::move(block);
  } else {
    half.headers = block;
    // Trailers-only: the one block is both.
    if (w.sender == side::server && block.end_stream) half.trailers = std::move(block);
  }
}

void builder::add_data(const frame& f, const wire_frame& w) {
  wire_side& mine = connection().of(w.sender);
  const wire_side& peer = connection().of(other(w.sender));
  mine.data_sent += f.length;
  wire_call* const call = find(f.stream_id);
  if (call == nullptr) return;
  wire_half& half = touch(*call, w);
  half.data_sent += f.length;
  const bool over = half.data_sent > peer.initial_window_max + half.window_updates ||
                    mine.data_sent > 65535 + mine.window_updates;
  if (over && f.length != 0 && !half.over_window_frame) half.over_window_frame = w.index;
  const auto payload = decode_data(f);
  if (payload) {
    const auto index = static_cast<std::size_t>(call - view_.calls.data());
    readers_[{index, w.sender}].feed(payload->data, w.index, half);
  }
  if (f.has(flag::end_stream) && !half.end_frame) half.end_frame = w.index;
}

void builder::add_settings(const frame& f, const wire_frame& w) {
  wire_side& s = connection().of(w.sender);
  if (f.has(flag::ack)) {
    ++s.settings_acknowledged;
    return;
  }
  if (!s.settings_frame) s.settings_frame = w.index;
  ++s.settings_sent;
  const auto entries = decode_settings(f);
  if (!entries) return;
  for (const transport::settings_entry& entry : *entries) {
    if (entry.id != setting::initial_window_size) continue;
    s.initial_window = entry.value;
    s.initial_window_max = std::max(s.initial_window_max, entry.value);
  }
}

void builder::add_window_update(const frame& f, const wire_frame& w) {
  const auto increment = decode_window_update(f);
  if (!increment) return;
  if (f.stream_id == 0) {
    connection().of(other(w.sender)).window_updates += *increment;
  } else if (wire_call* const call = find(f.stream_id)) {
    call->of(other(w.sender)).window_updates += *increment;
  }
}

void builder::add_reset(const frame& f, wire_frame& w) {
  const auto code = decode_rst_stream(f);
  if (!code) return;
  w.error_code = *code;
  wire_call* const call = find(f.stream_id);
  if (call != nullptr && !call->reset_frame) call->reset_frame = w.index;
}

}  // namespace

const std::string* wire_block::find(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& field) { return field.name == name; });
  return found == fields.end() ? nullptr : &found->value;
}

std::string wire_block::value(std::string_view name) const {
  const std::string* const found = find(name);
  return found == nullptr ? "" : *found;
}

std::size_t wire_half::complete_messages() const {
  return static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(),
                                                [](const wire_message& m) { return m.complete; }));
}

std::string wire_call::method() const {
  const std::string path = client.headers ? client.headers->value(":path") : "";
  return path.substr(path.rfind('/') + 1);
}

wire_view view_of(const recording& r) {
  return builder(r).take();
}

}  // namespace grpcwire::tools
