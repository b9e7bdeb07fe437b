// Windows that grow where the path is long and fat, and do not where it is not.
#include <algorithm>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/transport/bdp_estimator.hpp>
#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using namespace std::chrono_literals;
using tests::dialogue;
using tests::request_fields;

constexpr time_point first_sight{1h};
constexpr std::uint32_t kib = 1024;
constexpr std::uint32_t mib = 1024 * kib;

/// One round trip in which this much arrives; the window it asks for.
std::optional<std::uint32_t> round_trip(bdp_estimator& e, time_point& now, std::size_t size,
                                        std::chrono::milliseconds time) {
  std::size_t first = 0;
  while (!e.sampling()) {
    first = 16 * kib;
    (void)e.received(first, now);
  }
  (void)e.received(size - first, now);
  now += time;
  return e.acknowledged(now);
}

TEST(bdp_estimator, asks_for_no_ping_until_much_data_has_come) {
  bdp_estimator e(mib, 16 * mib);
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(e.received(16 * kib, first_sight)) << i;
  EXPECT_TRUE(e.received(16 * kib, first_sight)) << "an eighth of the window";
  EXPECT_FALSE(e.received(mib, first_sight)) << "one at a time";
  bdp_estimator small(1000, 16 * mib);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(small.received(16 * kib, first_sight)) << i;
  EXPECT_TRUE(small.received(16 * kib, first_sight)) << "64 KiB at least";
}

TEST(bdp_estimator, asks_for_one_ping_in_ten_thousand_small_calls) {
  bdp_estimator e(mib, 16 * mib);
  time_point now = first_sight;
  int pings = 0;
  for (int i = 0; i < 100'000; ++i) {
    now += 100us;
    if (!e.received(13, now)) continue;
    ++pings;
    EXPECT_FALSE(e.acknowledged(now + 1ms));
  }
  EXPECT_LE(pings, 10);
  EXPECT_EQ(e.window(), mib);
}

TEST(bdp_estimator, doubles_a_window_that_holds_the_peer_back) {
  bdp_estimator e(mib, 16 * mib);
  time_point now = first_sight;
  // The path holds 5 MiB in its 100 ms; at first the window is what limits the peer.
  EXPECT_EQ(round_trip(e, now, mib, 100ms), 2 * mib);
  EXPECT_EQ(round_trip(e, now, 2 * mib, 100ms), 4 * mib);
  EXPECT_EQ(round_trip(e, now, 4 * mib, 100ms), 8 * mib);
  EXPECT_EQ(round_trip(e, now, 5 * mib, 100ms), 10 * mib);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(round_trip(e, now, 5 * mib, 100ms)) << i;
  EXPECT_EQ(e.window(), 10 * mib);
}

TEST(bdp_estimator, stops_at_its_limit_and_then_asks_no_more) {
  bdp_estimator e(9 * mib, 16 * mib);
  time_point now = first_sight;
  EXPECT_EQ(round_trip(e, now, 9 * mib, 100ms), 16 * mib);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(e.received(16 * mib, now));
}

TEST(bdp_estimator, is_off_when_the_window_is_at_its_limit) {
  bdp_estimator e(mib, mib);
  bdp_estimator off(mib, 0);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(e.received(mib, first_sight));
    EXPECT_FALSE(off.received(mib, first_sight));
  }
}

TEST(bdp_estimator, leaves_a_window_that_is_not_used_up) {
  bdp_estimator e(mib, 16 * mib);
  time_point now = first_sight;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(round_trip(e, now, 500 * kib, 100ms)) << i;
}

TEST(bdp_estimator, does_not_take_a_long_wait_for_a_wide_path) {
  bdp_estimator e(mib, 16 * mib);
  time_point now = first_sight;
  EXPECT_EQ(round_trip(e, now, mib, 10ms), 2 * mib);
  // As many bytes as would count, but at a lower rate than has been seen.
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(round_trip(e, now, 2 * mib, 1s)) << i;
}

TEST(bdp_estimator, does_not_take_a_longer_queue_for_a_wider_path) {
  bdp_estimator e(mib, 16 * mib);
  time_point now = first_sight;
  EXPECT_EQ(round_trip(e, now, mib, 10ms), 2 * mib);
  // The window is used up each time, but what it holds more waits in a queue.
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(round_trip(e, now, 2 * mib, 20ms)) << i;
}

TEST(bdp_estimator, survives_a_clock_that_stands_still) {
  bdp_estimator e(mib, 16 * mib);
  time_point now = first_sight;
  EXPECT_EQ(round_trip(e, now, mib, 0ms), 2 * mib);
  EXPECT_FALSE(e.acknowledged(now)) << "nobody asked";
}

raw_frames data_of(std::uint32_t id, std::size_t size) {
  raw_frames all = frames();
  for (; size != 0; size -= std::min<std::size_t>(size, 16'384)) {
    all.data(id, std::string(std::min<std::size_t>(size, 16'384), 'x'));
  }
  return all;
}

raw_frames bandwidth_answer() {
  return frames().ping("bandwdth", true);
}

/// An acknowledgement comes after this time; SETTINGS that it causes are acknowledged too.
void answer(dialogue& d, std::chrono::milliseconds after) {
  d.clock().advance(after);
  const std::size_t before = d.sent().size();
  d.receive(bandwidth_answer());
  for (std::size_t i = before; i < d.sent().size(); ++i) {
    if (d.sent()[i].starts_with("SETTINGS INITIAL")) d.receive(frames().settings_ack());
  }
}

TEST(session_bandwidth, lets_the_peer_send_more_where_the_window_held_it_back) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields())).skip_events();
  d.receive(data_of(1, 128 * kib)).expect_sent("PING \"bandwdth\"").expect_nothing_sent();
  d.receive(data_of(1, 896 * kib)).skip_events();
  answer(d, 100ms);
  // The window of the connection is larger already.
  d.expect_sent("SETTINGS INITIAL_WINDOW_SIZE=2097152").expect_nothing_sent().expect_no_event();
  // A second MiB that nobody has taken yet: no FLOW_CONTROL_ERROR.
  d.receive(data_of(1, mib));
  EXPECT_FALSE(d.error());
  d.consume(0, 2 * mib);
  for (int i = 0; i < 5; ++i) {
    answer(d, 10ms);
    d.receive(data_of(1, 2 * mib)).consume(0, 2 * mib);
  }
  EXPECT_FALSE(d.error());
  EXPECT_FALSE(d.session().finished());
  const auto& sent = d.sent();
  EXPECT_NE(std::find(sent.begin(), sent.end(), "SETTINGS INITIAL_WINDOW_SIZE=4194304"),
            sent.end());
  d.end();
}

TEST(session_bandwidth, raises_the_window_of_the_connection_when_that_is_too_small) {
  dialogue d(role::client, {.stream_window = mib, .connection_window = mib});
  d.handshake().open().send_headers(0, request_fields());
  d.receive(frames().headers(1, tests::response_fields()));
  d.receive(data_of(1, 128 * kib)).receive(data_of(1, 896 * kib)).skip_sent();
  d.clock().advance(50ms);
  d.receive(bandwidth_answer());
  d.expect_sent("SETTINGS INITIAL_WINDOW_SIZE=2097152");
  d.expect_sent("WINDOW_UPDATE 0 +1048576").expect_nothing_sent();
  d.end();
}

TEST(session_bandwidth, never_raises_a_window_beyond_what_the_protocol_has) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields()).headers(3, request_fields()));
  d.act([&](session& s) { s.expect(d.stream(1), 0x7fff'ffff); });
  d.receive(data_of(1, mib)).skip_sent();
  d.clock().advance(100ms);
  d.receive(bandwidth_answer()).expect_nothing_sent();
  d.end();
}

TEST(session_bandwidth, keeps_room_for_a_message_that_was_expected_before_it_grew) {
  dialogue d(role::server, {.stream_window = 64 * kib});
  d.handshake().receive(frames().headers(1, request_fields()));
  d.act([&](session& s) { s.expect(d.stream(0), mib); });
  d.expect_sent("WINDOW_UPDATE 1 +2031616");  // 2 MiB in all
  d.receive(data_of(1, 64 * kib)).expect_sent("PING").receive(data_of(1, mib)).skip_sent();
  d.clock().advance(100ms);
  d.receive(bandwidth_answer()).expect_sent("SETTINGS INITIAL_WINDOW_SIZE=");
  // Not again: the window that was set grows by as much as that of new streams.
  d.act([&](session& s) { s.expect(d.stream(0), mib); }).expect_nothing_sent();
  d.end();
}

TEST(session_bandwidth, does_not_disturb_the_keepalive) {
  session_settings settings;
  settings.keepalive = {.time = 10s, .timeout = 20s};
  dialogue d(role::client, settings);
  d.handshake().open().send_headers(0, request_fields());
  d.receive(frames().headers(1, tests::response_fields())).receive(data_of(1, 128 * kib));
  d.skip_sent().pass(10s).expect_sent("PING \"keepaliv\"");
  d.receive(bandwidth_answer()).pass(9999ms).expect_nothing_sent();
  d.pass(1ms).expect_sent("PING \"keepaliv\"").pass(20s);
  d.expect_error(transport_errc::keepalive_timeout);
  d.end();
}

TEST(session_bandwidth, is_off_when_windows_may_not_grow) {
  session_settings settings;
  settings.window_growth_max = 0;
  dialogue d(role::server, settings);
  d.handshake().receive(frames().headers(1, request_fields()));
  for (int i = 0; i < 30; ++i) d.receive(data_of(1, mib)).consume(0, mib);
  for (const std::string& line : d.sent()) EXPECT_FALSE(line.starts_with("PING")) << line;
  d.end();
}

TEST(session_bandwidth, restarts_the_settings_timeout_for_its_settings) {
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields()));
  d.receive(data_of(1, mib));
  d.clock().advance(100ms);
  d.receive(bandwidth_answer()).skip_sent().pass(60s - 1ms);
  EXPECT_FALSE(d.error());
  d.pass(1ms).expect_error(http2_errc::settings_timeout);
  d.end();
}

}  // namespace
}  // namespace grpcwire::transport
