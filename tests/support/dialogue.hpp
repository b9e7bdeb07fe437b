// A conversation with one session, written down as a script:
//   d.handshake().receive(frames().ping()).expect_sent("PING ACK").expect_no_event();
// The same script runs with the input in one piece, byte by byte, and cut off after every byte.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/event_log.hpp"
#include "tests/support/frame_log.hpp"
#include "tests/support/header_fields.hpp"
#include "tests/support/virtual_clock.hpp"

namespace grpcwire::tests {

/// How the input of a dialogue is cut.
struct input_cut {
  std::size_t piece = std::numeric_limits<std::size_t>::max();  ///< bytes in one receive()
  std::size_t limit = std::numeric_limits<std::size_t>::max();  ///< then the connection is lost
};

/// Of a HEADERS frame that is all there is of a message.
inline constexpr auto end_flags = static_cast<std::uint8_t>(transport::http2::flag::end_headers |
                                                            transport::http2::flag::end_stream);

/// The line of a script that a failure is about. (clang 14 has no std::source_location.)
struct where {
  const char* file;
  int line;
  static constexpr where current(const char* file = __builtin_FILE(),
                                 int line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

class dialogue {
 public:
  explicit dialogue(transport::role r, const transport::session_settings& settings = {},
                    input_cut cut = {}, transport::trace_sink* trace = nullptr)
      : role_(r),
        cut_(cut),
        checked_(cut.limit == std::numeric_limits<std::size_t>::max()),
        session_(r, settings, trace),
        sent_(r == transport::role::client ? transport::first_byte::of_a_client
                                           : transport::first_byte::of_a_frame) {
    pump();
  }

  /// What both sides say first. Nothing of it is left to expect.
  dialogue& handshake(std::initializer_list<transport::settings_entry> peer = {}) {
    transport::raw_frames first = transport::frames();
    if (role_ == transport::role::server) first.preface();
    receive(first.settings(peer).settings_ack());
    next_event_ = log_.events().size();
    return skip_sent();
  }

  dialogue& receive(codec::const_bytes bytes) {
    if (bytes.size() > cut_.limit - received_) bytes = bytes.first(cut_.limit - received_);
    received_ += bytes.size();
    while (!bytes.empty() && !error_) {
      const codec::const_bytes piece = bytes.first(std::min(cut_.piece, bytes.size()));
      bytes = bytes.subspan(piece.size());
      // A copy of its own, so that a view that lives too long is found.
      const std::vector<std::uint8_t> input(piece.begin(), piece.end());
      error_ = session_.receive(input, clock_.now());
      pump();
    }
    return *this;
  }

  /// Something the owner of the session does.
  template <class F>
  dialogue& act(F action) {
    action(session_);
    pump();
    return *this;
  }

  dialogue& open() {
    transport::open_error error{};
    if (const auto handle = session_.open_stream(nullptr, error)) log_.opened(*handle);
    pump();
    return *this;
  }
  dialogue& send_headers(std::size_t n, const std::vector<codec::header_view>& fields,
                         bool end_stream = false) {
    return act([&](auto& s) { s.send_headers(stream(n), fields, end_stream); });
  }
  dialogue& send_data(std::size_t n, std::string_view data, bool end_stream = false,
                      bool report = false) {
    return act([&](auto& s) {
      s.send_data(stream(n), codec::buffer(codec::as_bytes(data)), end_stream, report);
    });
  }
  dialogue& send_trailers(std::size_t n, const std::vector<codec::header_view>& fields) {
    return act([&](auto& s) { s.send_trailers(stream(n), fields); });
  }
  dialogue& reset(std::size_t n, std::uint32_t code) {
    return act([&](auto& s) { s.reset(stream(n), code); });
  }
  dialogue& consume(std::size_t n, std::size_t size) {
    return act([&](auto& s) { s.consume(stream(n), size); });
  }
  /// Time passes; the session is called whenever it wants to be, and in the end.
  dialogue& pass(virtual_clock::time_point::duration time) {
    const auto end = clock_.now() + time;
    for (auto next = session_.next_timeout(); next && *next < end; next = session_.next_timeout()) {
      clock_.advance_to(*next);
      tell_time();
    }
    clock_.advance_to(end);
    return tell_time();
  }
  dialogue& tell_time() {
    const std::error_code dead = session_.on_timeout(clock_.now());
    if (dead) error_ = dead;
    pump();
    return *this;
  }
  /// While true, what the session has to say waits, as behind a full socket.
  dialogue& hold_output(bool hold) {
    held_ = hold;
    pump();
    return *this;
  }

  dialogue& expect_event(std::string_view begin, where at = where::current()) {
    if (!checked_) return *this;
    if (next_event_ == log_.events().size()) return fail(at, "no event", begin);
    const std::string line = to_string(log_.events()[next_event_++]);
    if (!line.starts_with(begin)) fail(at, line, begin);
    return *this;
  }
  dialogue& expect_no_event(where at = where::current()) {
    if (checked_ && next_event_ != log_.events().size()) {
      fail(at, to_string(log_.events()[next_event_]), "no event");
    }
    return *this;
  }
  dialogue& expect_sent(std::string_view begin, where at = where::current()) {
    if (!checked_) return *this;
    if (next_sent_ == sent_.lines().size()) return fail(at, "nothing sent", begin);
    const std::string& line = sent_.lines()[next_sent_++];
    if (!line.starts_with(begin)) fail(at, line, begin);
    return *this;
  }
  dialogue& expect_nothing_sent(where at = where::current()) {
    if (checked_ && next_sent_ != sent_.lines().size()) {
      fail(at, sent_.lines()[next_sent_], "nothing sent");
    }
    return *this;
  }
  dialogue& expect_error(std::error_code error, where at = where::current()) {
    if (checked_ && error_ != error) fail(at, error_.message(), error.message());
    return *this;
  }
  dialogue& skip_sent() {
    next_sent_ = sent_.lines().size();
    return *this;
  }
  dialogue& skip_events() {
    next_event_ = log_.events().size();
    return *this;
  }

  /// The n-th stream that appeared; a handle of nothing when there is none yet.
  transport::stream_handle stream(std::size_t n) const {
    return n < log_.streams().size() ? log_.streams()[n] : transport::stream_handle{};
  }

  /// The connection is lost, here at the latest: each stream must have ended exactly once.
  void end(where at = where::current()) {
    if (!ended_) session_.connection_lost("cut off");
    ended_ = true;
    pump();
    EXPECT_TRUE(log_.all_closed_once()) << at.line << ": after " << received_ << " bytes";
    EXPECT_EQ(session_.open_streams(), 0U) << at.line << ": after " << received_ << " bytes";
    EXPECT_EQ(session_.queued_streams(), 0U);
  }

  transport::session& session() noexcept { return session_; }
  virtual_clock& clock() noexcept { return clock_; }
  const event_log& log() const noexcept { return log_; }
  const std::vector<std::string>& sent() const noexcept { return sent_.lines(); }
  std::error_code error() const noexcept { return error_; }
  std::size_t received() const noexcept { return received_; }
  bool cut() const noexcept { return received_ == cut_.limit; }

 private:
  void pump() {
    do {
      while (const transport::event* e = session_.poll_event()) log_.add(*e);
      if (held_) continue;
      for (auto blocks = session_.output(); !blocks.empty(); blocks = session_.output()) {
        std::size_t size = 0;
        for (const codec::const_bytes block : blocks) {
          sent_.feed(block);
          size += block.size();
        }
        session_.consume_output(size);
      }
    } while (session_.has_events());
    session_.end_turn();
  }

  dialogue& fail(where at, std::string_view seen, std::string_view expected) {
    ADD_FAILURE_AT(at.file, at.line) << "expected: " << expected << "\n  actual: " << seen
                                     << (cut_.piece == 1 ? "\n  (input byte by byte)" : "");
    return *this;
  }

  transport::role role_;
  input_cut cut_;
  bool checked_;  // a dialogue that was cut off cannot meet its expectations
  bool held_ = false;
  bool ended_ = false;
  virtual_clock clock_;
  transport::session session_;
  event_log log_;
  frame_log sent_;
  std::size_t next_event_ = 0;
  std::size_t next_sent_ = 0;
  std::size_t received_ = 0;
  std::error_code error_;
};

/// Plays a script in one piece, byte by byte, and cut off after each byte of its input.
template <class F>
void play(transport::role r, const transport::session_settings& settings, F script) {
  dialogue whole(r, settings);
  script(whole);
  whole.end();
  const std::size_t size = whole.received();
  dialogue bytewise(r, settings, {.piece = 1});
  script(bytewise);
  bytewise.end();
  // A long input is not cut everywhere, but at its ends and at places that move.
  const std::size_t step = 1 + size / 2000;
  for (std::size_t limit = 0; limit < size; limit += step) {
    dialogue cut(r, settings, {.limit = limit});
    script(cut);
    cut.end();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace grpcwire::tests
