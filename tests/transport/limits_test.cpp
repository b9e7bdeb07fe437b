// The counters that tell an attack from a call.
#include <chrono>

#include <gtest/gtest.h>

#include <grpcwire/transport/limits.hpp>

namespace grpcwire::transport {
namespace {

using namespace std::chrono_literals;
constexpr time_point opening{1h};

TEST(token_bucket, allows_a_burst_and_then_a_rate) {
  token_bucket bucket({.burst = 3, .per_second = 2});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(opening));
  EXPECT_FALSE(bucket.take(opening));
  EXPECT_FALSE(bucket.take(opening + 400ms));
  EXPECT_TRUE(bucket.take(opening + 500ms));
  EXPECT_FALSE(bucket.take(opening + 500ms));
}

TEST(token_bucket, never_holds_more_than_its_burst) {
  token_bucket bucket({.burst = 2, .per_second = 100});
  EXPECT_TRUE(bucket.take(opening));
  EXPECT_TRUE(bucket.take(opening + 1h));
  EXPECT_TRUE(bucket.take(opening + 1h));
  EXPECT_FALSE(bucket.take(opening + 1h));
}

TEST(limits, forget_empty_data_frames_when_one_is_not_empty) {
  limits l({.consecutive_empty_data_frames = 2}, true);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(l.data_received(true));
    EXPECT_FALSE(l.data_received(true));
    EXPECT_FALSE(l.data_received(false));
  }
  EXPECT_FALSE(l.data_received(true));
  EXPECT_FALSE(l.data_received(true));
  EXPECT_EQ(l.data_received(true), "too many empty DATA frames");
}

TEST(limits, count_pings_as_strikes_only_on_a_server) {
  limits client({}, false);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(client.ping_received(opening, false));
  limits server({}, true);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(server.ping_received(opening, false)) << i;
  EXPECT_EQ(server.ping_received(opening, false), "too_many_pings");
}

TEST(limits, allow_more_pings_while_calls_are_active) {
  limits l({.ping_strikes = 0}, true);
  EXPECT_FALSE(l.ping_received(opening, true));
  EXPECT_FALSE(l.ping_received(opening + 5min, true));
  EXPECT_TRUE(l.ping_received(opening + 10min, false));
}

TEST(limits, measure_from_the_last_ping_that_was_allowed) {
  limits l({.ping_strikes = 1}, true);
  EXPECT_FALSE(l.ping_received(opening, true));
  EXPECT_FALSE(l.ping_received(opening + 3min, true)) << "a strike";
  EXPECT_FALSE(l.ping_received(opening + 5min, true)) << "allowed";
  EXPECT_TRUE(l.ping_received(opening + 9min, true)) << "strikes are not forgotten";
}

TEST(limits, forgive_pings_when_something_was_sent) {
  limits l({.ping_strikes = 0}, true);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(l.ping_received(opening, false));
    l.data_or_headers_sent();
  }
  EXPECT_FALSE(l.ping_received(opening, false));
  EXPECT_TRUE(l.ping_received(opening, false));
}

TEST(limits, allow_the_window_updates_that_sent_data_calls_for) {
  limits l({.window_updates_received = {1, 0}}, true);
  l.data_sent(16384, true);
  for (int i = 0; i < 16; ++i)
    EXPECT_FALSE(l.window_update_received(opening)) << "one for each KiB";
  l.data_sent(5, false);
  for (int i = 0; i < 2; ++i)
    EXPECT_FALSE(l.window_update_received(opening)) << "of stream and all";
  EXPECT_FALSE(l.window_update_received(opening)) << "the burst";
  EXPECT_TRUE(l.window_update_received(opening));
}

TEST(limits, earn_nothing_by_data_that_a_closed_window_cut) {
  limits l({.window_updates_received = {1, 0}}, true);
  for (int i = 0; i < 100; ++i) l.data_sent(1, true);
  EXPECT_FALSE(l.window_update_received(opening));
  EXPECT_TRUE(l.window_update_received(opening));
}

TEST(limits, count_each_kind_by_itself) {
  const abuse_limits one_each{.resets_received = {1, 0},
                              .resets_provoked = {1, 0},
                              .settings_received = {1, 0},
                              .priorities_received = {1, 0},
                              .window_updates_received = {1, 0}};
  limits l(one_each, true);
  EXPECT_FALSE(l.reset_received(opening));
  EXPECT_FALSE(l.reset_provoked(opening));
  EXPECT_FALSE(l.settings_received(opening));
  EXPECT_FALSE(l.priority_received(opening));
  EXPECT_FALSE(l.window_update_received(opening));
  EXPECT_EQ(l.reset_received(opening), "too many RST_STREAM frames");
  EXPECT_EQ(l.reset_provoked(opening), "too many faulty streams");
  EXPECT_EQ(l.settings_received(opening), "too many SETTINGS frames");
  EXPECT_EQ(l.priority_received(opening), "too many PRIORITY frames");
  EXPECT_EQ(l.window_update_received(opening), "too many WINDOW_UPDATE frames");
  limits client(one_each, false);  // what a server resets, the client has opened
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(client.reset_received(opening));
}

}  // namespace
}  // namespace grpcwire::transport
