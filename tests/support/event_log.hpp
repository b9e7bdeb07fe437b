// What a session tells, one line for each event: `headers_received 1 end :path=/a/b`,
// `stream_closed 1 reset_by_peer CANCEL`. The views in an event die soon; the lines stay.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/event.hpp>
#include <grpcwire/transport/http2_names.hpp>

#include "tests/support/frame_log.hpp"

namespace grpcwire::tests {

/// An event that owns what it shows.
struct seen_event {
  transport::event_kind kind{};
  transport::stream_handle stream{};
  transport::stream_id id = 0;
  bool end_stream = false;
  std::string data{};  // of data_received
  std::string rest{};  // everything else, as text
};

inline seen_event seen(const transport::event& e) {
  using transport::event_kind;
  seen_event s{.kind = e.kind, .stream = e.stream, .id = e.id, .end_stream = e.end_stream};
  const std::string error(transport::http2::error_name(e.error_code));
  switch (e.kind) {
    case event_kind::headers_received:
      if (e.headers_too_large) s.rest += " too_large";
      for (const codec::header_view& field : e.headers) {
        s.rest.append(" ").append(field.name).append("=").append(field.value);
      }
      break;
    case event_kind::data_received:
      s.data = codec::as_text(e.data);
      break;
    case event_kind::stream_closed:
      s.rest.append(" ").append(name(e.reason)).append(" ").append(error);
      if (!e.text.empty()) s.rest += " " + short_text(e.text);
      break;
    case event_kind::ping_acknowledged:
      s.rest = " " + std::to_string(e.opaque);
      break;
    case event_kind::goaway_received:
      s.rest = " " + std::to_string(e.last_stream_id) + " " + error + " " + short_text(e.text);
      break;
    default:
      break;
  }
  return s;
}

inline std::string to_string(const seen_event& e) {
  std::string text(name(e.kind));
  if (e.stream) text += " " + std::to_string(e.id);
  if (e.end_stream) text += " end";
  if (e.kind == transport::event_kind::data_received) text += " " + short_text(e.data);
  return text + e.rest;
}

/// All events of a session, and whether its streams began and ended as they should.
class event_log {
 public:
  void add(const transport::event& e) {
    seen_event s = seen(e);
    if (s.stream) track(s);
    // Where pieces of DATA end depends on how the input was cut; no test wants to know.
    if (s.kind == transport::event_kind::data_received && !events_.empty()) {
      seen_event& last = events_.back();
      if (last.kind == s.kind && last.stream == s.stream && !last.end_stream) {
        last.data += s.data;
        last.end_stream = s.end_stream;
        return;
      }
    }
    events_.push_back(std::move(s));
  }

  /// A stream of this side; those of the peer are noticed by their first event.
  void opened(transport::stream_handle stream) { announce(stream); }

  const std::vector<seen_event>& events() const noexcept { return events_; }
  /// In the order in which they appeared.
  const std::vector<transport::stream_handle>& streams() const noexcept { return streams_; }

  /// Every stream that appeared ended exactly once, and nothing came behind its end.
  bool all_closed_once() const {
    for (const auto& [stream, count] : closes_) {
      if (count != 1) return false;
    }
    return problems_ == 0;
  }
  std::size_t closes(transport::stream_handle stream) const {
    const auto found = closes_.find({stream.slot, stream.generation});
    return found == closes_.end() ? 0 : found->second;
  }

 private:
  using key = std::pair<std::uint32_t, std::uint32_t>;

  void announce(transport::stream_handle stream) {
    if (closes_.try_emplace({stream.slot, stream.generation}, 0).second) streams_.push_back(stream);
  }

  void track(const seen_event& e) {
    announce(e.stream);
    std::size_t& closed = closes_[{e.stream.slot, e.stream.generation}];
    if (closed != 0) ++problems_;
    if (e.kind == transport::event_kind::stream_closed) ++closed;
  }

  std::vector<seen_event> events_;
  std::vector<transport::stream_handle> streams_;
  std::map<key, std::size_t> closes_;
  std::size_t problems_ = 0;
};

}  // namespace grpcwire::tests
