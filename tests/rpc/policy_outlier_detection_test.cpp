// outlier_detection: who is ejected, for how long, and what the child sees of it.

#include <gmock/gmock.h>

#include <grpcwire/rpc/outlier_detection.hpp>

#include "tests/support/fake_balancing.hpp"

namespace grpcwire::tests {
namespace {

using testing::HasSubstr;

outlier_detection_config with_failures(failure_percentage_ejection rule = {}) {
  outlier_detection_config config;
  config.failure_percentage = rule;
  config.child = child_policy(policy_of("round_robin"));
  return config;
}
outlier_detection_config with_success_rate(success_rate_ejection rule = {}) {
  outlier_detection_config config;
  config.success_rate = rule;
  config.child = child_policy(policy_of("round_robin"));
  return config;
}

struct detection : fake_channel {
  detection(std::size_t count, const outlier_detection_config& config)
      : fake_channel(policy_of("outlier_detection_experimental", config), count) {
    all_become(channel_state::ready);
  }
  void calls(std::size_t i, int good, int bad) {
    for (int n = 0; n < good; ++n) end(i, true);
    for (int n = 0; n < bad; ++n) end(i, false);
  }
  /// 100 calls of each, of which those of the first one fail; then the interval is over.
  void first_one_fails() {
    for (std::size_t i = 0; i < backends.size(); ++i) calls(i, i == 0 ? 0 : 100, i == 0 ? 100 : 0);
    now += 10s;
  }
  /// Who gets calls, such as `bcde`.
  std::string who_gets_calls() {
    std::string who;
    for (const auto& [name, times] : choose_many(100)) who += name;
    return who;
  }
};

TEST(outlier_detection, passes_everything_on_while_nobody_is_an_outlier) {
  detection c(5, with_failures());
  EXPECT_EQ(c.state(), channel_state::ready);
  EXPECT_EQ(c.who_gets_calls(), "abcde");
  c[0].become(channel_state::idle);
  EXPECT_EQ(c[0].state(), channel_state::connecting) << "round_robin connects at once";
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.all_become(channel_state::transient_failure);
  EXPECT_EQ(c.state(), channel_state::transient_failure);
  EXPECT_EQ(c.choose(), "cannot connect to 10.0.0.5:443");
}

TEST(outlier_detection, ejects_a_backend_that_fails_most_calls) {
  detection c(5, with_failures());
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
}

TEST(outlier_detection, waits_for_the_end_of_the_interval) {
  detection c(5, with_failures());
  c.first_one_fails();
  c.now -= 1ns;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
  c.now += 1ns;
  EXPECT_EQ(c.who_gets_calls(), "bcde");
}

TEST(outlier_detection, looks_at_one_interval_only) {
  detection c(5, with_failures());
  for (int i = 0; i < 4; ++i) {
    for (std::size_t b = 0; b < 5; ++b) c.calls(b, 0, 49);  // 50 are needed
    c.now += 10s;
  }
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, takes_a_backend_back_after_the_ejection_time) {
  detection c(5, with_failures());
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 39'999ms;  // the sweep at 30 s is not after 30 s
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 1ms;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, does_not_need_calls_to_end_an_ejection_in_time) {
  detection c(5, with_failures());
  c.first_one_fails();
  c.now += 40s;  // nobody has looked since the interval was over
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, ejects_longer_each_time) {
  detection c(5, with_failures());
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 40s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 60s;
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, forgives_an_ejection_with_each_quiet_interval) {
  detection c(5, with_failures());
  c.first_one_fails();
  c.now += 40s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
  c.now += 10s;
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 40s;
  EXPECT_EQ(c.who_gets_calls(), "abcde") << "as if it were the first time";
}

TEST(outlier_detection, forgives_in_quiet_times_that_nobody_looked_at) {
  detection c(5, with_failures());
  c.first_one_fails();
  c.now += 24h;
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.now += 40s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, never_ejects_longer_than_the_maximum) {
  auto config = with_failures();
  config.max_ejection_time = 45s;
  detection c(5, config);
  for (int i = 0; i < 3; ++i) {
    c.first_one_fails();
    EXPECT_EQ(c.who_gets_calls(), "bcde");
    c.now += 50s;
    EXPECT_EQ(c.who_gets_calls(), "abcde");
  }
}

TEST(outlier_detection, can_have_times_that_never_end) {
  auto config = with_failures();
  config.base_ejection_time = std::chrono::nanoseconds::max();
  config.max_ejection_time = std::chrono::nanoseconds::max();
  detection c(5, config);
  c.first_one_fails();
  c.now += 24h * 365;
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  config.interval = std::chrono::nanoseconds::max();
  detection never(5, config);
  never.first_one_fails();
  EXPECT_EQ(never.who_gets_calls(), "abcde");
}

TEST(outlier_detection, says_in_the_status_why_a_backend_is_ejected) {
  auto config = with_failures({.minimum_hosts = 1});
  config.max_ejection_percent = 100;
  detection c(1, config);
  c.calls(0, 3, 97);
  c.now += 10s;
  EXPECT_EQ(c.choose(), "the server is ejected: 97 % of its last 100 calls failed, more than 85 %");
  EXPECT_EQ(c.state(), channel_state::transient_failure);
  EXPECT_EQ(c[0].state(), channel_state::ready) << "its connection is kept";
  const metadata none;
  const pick made = c.policy().choose({.metadata = none});
  EXPECT_EQ(made.why.code(), codec::status_code::unavailable);
  EXPECT_EQ(made.why.details().address, "10.0.0.1:443");
}

TEST(outlier_detection, ejects_only_above_the_threshold) {
  detection c(5, with_failures({.threshold = 50}));
  for (std::size_t i = 0; i < 5; ++i) c.calls(i, 50, 50);
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
  c.calls(3, 49, 51);
  for (const std::size_t i : {0U, 1U, 2U, 4U}) c.calls(i, 50, 50);
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abce");
}

TEST(outlier_detection, needs_enough_backends_with_enough_calls) {
  detection four(4, with_failures());
  four.first_one_fails();
  EXPECT_EQ(four.who_gets_calls(), "abcd");
  detection c(6, with_failures());
  for (std::size_t i = 0; i < 4; ++i) c.calls(i, 0, 50);
  c.calls(4, 0, 49);
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcdef");
}

TEST(outlier_detection, ejects_no_more_than_the_percentage_but_one) {
  detection ten_percent(5, with_failures());
  for (std::size_t i = 0; i < 5; ++i) ten_percent.calls(i, 0, 100);
  ten_percent.now += 10s;
  EXPECT_EQ(ten_percent.who_gets_calls().size(), 4U);
  auto config = with_failures();
  config.max_ejection_percent = 50;
  detection half(10, config);
  for (std::size_t i = 0; i < 10; ++i) half.calls(i, 0, 100);
  half.now += 10s;
  EXPECT_EQ(half.who_gets_calls().size(), 5U);
  config.max_ejection_percent = 0;
  detection nobody(10, config);
  for (std::size_t i = 0; i < 10; ++i) nobody.calls(i, 0, 100);
  nobody.now += 10s;
  EXPECT_EQ(nobody.who_gets_calls().size(), 10U);
}

TEST(outlier_detection, ejects_with_the_chance_that_it_is_told) {
  detection never(5, with_failures({.enforcement_percentage = 0}));
  never.first_one_fails();
  EXPECT_EQ(never.who_gets_calls(), "abcde");
  int ejected = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    fake_channel c(policy_of("outlier_detection_experimental",
                             with_failures({.enforcement_percentage = 25, .minimum_hosts = 1})),
                   1, seed);
    c.all_become(channel_state::ready);
    for (int i = 0; i < 50; ++i) c.end(0, false);
    c.now += 10s;
    if (c.choose() != "a") ++ejected;
  }
  EXPECT_GT(ejected, 60);
  EXPECT_LT(ejected, 140);
}

TEST(outlier_detection, ejects_a_backend_far_below_the_mean) {
  detection c(5, with_success_rate());
  for (std::size_t i = 0; i < 4; ++i) c.calls(i, 99, 1);
  c.calls(4, 80, 20);  // mean 95.2 %, deviation 7.6 %: below 80.76 %
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcd");
}

TEST(outlier_detection, leaves_a_backend_that_is_not_far_below_the_mean) {
  detection c(5, with_success_rate({.stdev_factor = 2100}));
  for (std::size_t i = 0; i < 4; ++i) c.calls(i, 99, 1);
  c.calls(4, 80, 20);  // one of five is two deviations away at most
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, leaves_all_when_all_are_as_bad) {
  detection c(5, with_success_rate());
  for (std::size_t i = 0; i < 5; ++i) c.calls(i, 10, 90);
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, compares_only_backends_with_enough_calls) {
  detection c(6, with_success_rate());
  for (std::size_t i = 0; i < 4; ++i) c.calls(i, 100, 0);
  c.calls(4, 0, 100);
  c.calls(5, 0, 99);  // not enough to be ejected, or to be counted
  c.now += 10s;
  EXPECT_EQ(c.who_gets_calls(), "abcdf");
  detection few(5, with_success_rate());
  for (std::size_t i = 0; i < 4; ++i) few.calls(i, 100, 0);
  few.calls(4, 0, 99);
  few.now += 10s;
  EXPECT_EQ(few.who_gets_calls(), "abcde");
}

TEST(outlier_detection, counts_nothing_without_a_rule) {
  outlier_detection_config config;
  config.child = child_policy(policy_of("round_robin"));
  detection c(5, config);
  EXPECT_FALSE(c.policy().wants_outcomes());
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "abcde");
  EXPECT_TRUE(detection(5, with_failures()).policy().wants_outcomes());
}

TEST(outlier_detection, counts_nothing_for_a_child_with_one_connection) {
  auto config = with_failures({.minimum_hosts = 1});
  config.child = child_policy(policy_of("pick_first"));
  detection c(1, config);
  EXPECT_TRUE(c.policy().one_connection());
  EXPECT_FALSE(c.policy().wants_outcomes());
  c.first_one_fails();
  EXPECT_EQ(c.choose(), "a");
}

TEST(outlier_detection, gives_the_outcomes_to_a_child_that_wants_them) {
  outlier_detection_config config;
  config.child = child_policy(policy_of("weighted_round_robin"));
  detection c(2, config);
  EXPECT_TRUE(c.policy().wants_outcomes());
  const std::string half = "\x09" + std::string(6, '\0') + "\xE0\x3F";  // cpu 0.5
  const std::string full = "\x09" + std::string(6, '\0') + "\xF0\x3F";
  const std::string busy = "\x31" + std::string(6, '\0') + "\xF0\x3F";  // one a second
  c.end(0, true, {{"endpoint-load-metrics-bin", half + busy}});
  c.end(1, true, {{"endpoint-load-metrics-bin", full + busy}});
  c.now += 10s;
  const auto chosen = c.choose_many(300);
  EXPECT_NEAR(chosen.at("a"), 200, 1);
}

TEST(outlier_detection, hides_what_happens_to_an_ejected_backend) {
  detection c(5, with_failures());
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c[0].become(channel_state::idle);
  EXPECT_EQ(c[0].connects, 1) << "at the start; the child did not see that it is IDLE";
  c.now += 40s;
  c.choose();
  EXPECT_EQ(c[0].connects, 2) << "now it did";
  c[0].become(channel_state::ready);
  EXPECT_EQ(c.who_gets_calls(), "abcde");
}

TEST(outlier_detection, keeps_ejections_over_updates_but_not_of_backends_that_were_gone) {
  detection c(6, with_failures());
  c.first_one_fails();
  EXPECT_EQ(c.who_gets_calls(), "bcdef");
  c.update({0, 1, 2, 3, 4});
  EXPECT_EQ(c.who_gets_calls(), "bcde");
  c.end(5, false);  // a call that was left over
  c.update({1, 2, 3});
  c.update({0, 1, 2});
  EXPECT_EQ(c.who_gets_calls(), "abc");
}

TEST(outlier_detection, has_no_child_that_does_not_exist) {
  outlier_detection_config config;
  config.child = child_policy(policy_of("worst_fit"));
  EXPECT_EQ(make_load_balancer(policy_of("outlier_detection_experimental", config)), nullptr);
}

}  // namespace
}  // namespace grpcwire::tests
