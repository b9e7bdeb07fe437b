// What the options of channels and servers become for a session: bounds, jitter, names.
#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include <grpcwire/rpc/session_settings_of.hpp>

namespace grpcwire::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

transport::session_settings of_channel(const channel_options& options) {
  return session_settings_of(options, keepalive_time(options.keepalive));
}

TEST(keepalive_settings, are_off_for_channels_and_two_hours_for_servers) {
  EXPECT_FALSE(of_channel({}).keepalive.time);
  EXPECT_EQ(of_channel({}).keepalive.timeout, 20s);
  EXPECT_FALSE(of_channel({}).keepalive.without_calls);
  const auto server = session_settings_of(server_options{});
  EXPECT_EQ(server.keepalive.time, 2h);
  EXPECT_EQ(server.keepalive.timeout, 20s);
  EXPECT_TRUE(server.keepalive.without_calls);
}

TEST(keepalive_settings, raise_times_that_would_be_a_nuisance) {
  channel_options channel;
  channel.keepalive = {.time = 1ms, .without_calls = true};
  EXPECT_EQ(of_channel(channel).keepalive.time, 10s);
  EXPECT_TRUE(of_channel(channel).keepalive.without_calls);
  channel.keepalive.time_min = 0ms;
  EXPECT_EQ(of_channel(channel).keepalive.time, 1ms);
  channel.keepalive.time = 11s;
  channel.keepalive.time_min = 10s;
  EXPECT_EQ(of_channel(channel).keepalive.time, 11s);
  channel.keepalive.time = 0ms;
  EXPECT_FALSE(of_channel(channel).keepalive.time);
  server_options server;
  server.keepalive.time = 1ms;
  EXPECT_EQ(session_settings_of(server).keepalive.time, 1s);
  server.keepalive.time.reset();
  EXPECT_FALSE(session_settings_of(server).keepalive.time);
}

TEST(server_options, permit_pings_as_they_say) {
  server_options options;
  EXPECT_EQ(session_settings_of(options).abuse.ping_interval_min, 5min);
  EXPECT_EQ(session_settings_of(options).abuse.ping_interval_idle_min, 2h);
  options.permit_keepalive_time = 30s;
  EXPECT_EQ(session_settings_of(options).abuse.ping_interval_min, 30s);
  EXPECT_EQ(session_settings_of(options).abuse.ping_interval_idle_min, 2h);
  options.permit_keepalive_without_calls = true;
  EXPECT_EQ(session_settings_of(options).abuse.ping_interval_idle_min, 30s);
}

TEST(server_options, end_no_connection_for_its_age_unless_they_say_so) {
  server_options options;
  EXPECT_FALSE(session_settings_of(options).life.idle_max);
  EXPECT_FALSE(session_settings_of(options).life.age_max);
  EXPECT_FALSE(session_settings_of(options).life.age_grace);
  options.max_connection_idle = 0ms;
  options.max_connection_age = 0ms;
  EXPECT_FALSE(session_settings_of(options).life.idle_max);
  EXPECT_FALSE(session_settings_of(options).life.age_max);
  options.max_connection_idle = 5min;
  options.max_connection_age_grace = 0ms;
  EXPECT_EQ(session_settings_of(options).life.idle_max, 5min);
  EXPECT_EQ(session_settings_of(options).life.age_grace, 0ms);
}

TEST(server_options, spread_the_ages_of_connections_by_a_tenth) {
  server_options options;
  options.max_connection_age = 1000s;
  std::set<milliseconds> seen;
  for (int i = 0; i < 200; ++i) {
    const auto age = session_settings_of(options).life.age_max;
    ASSERT_TRUE(age);
    EXPECT_GE(*age, 900s);
    EXPECT_LE(*age, 1100s);
    seen.insert(*age);
  }
  EXPECT_GT(seen.size(), 50U);
  EXPECT_LT(*seen.begin(), 970s);
  EXPECT_GT(*seen.rbegin(), 1030s);
  options.max_connection_age = milliseconds::max();
  EXPECT_GT(session_settings_of(options).life.age_max, 24h * 365'000);
}

TEST(tcp_user_timeout, goes_with_keepalive) {
  EXPECT_EQ(tcp_user_timeout(channel_options{}), 0ms);
  channel_options channel;
  channel.keepalive = {.time = 1h, .timeout = 3s};
  EXPECT_EQ(tcp_user_timeout(channel), 3s);
  channel.keepalive.tcp_user_timeout = false;
  EXPECT_EQ(tcp_user_timeout(channel), 0ms);
  server_options server;
  EXPECT_EQ(tcp_user_timeout(server), 20s);
  server.keepalive.time.reset();
  EXPECT_EQ(tcp_user_timeout(server), 0ms);
}

}  // namespace
}  // namespace grpcwire::detail
