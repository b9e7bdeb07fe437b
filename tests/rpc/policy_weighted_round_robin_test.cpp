// weighted_round_robin: what weights are, when they count, and what they do.

#include <bit>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tests/support/fake_balancing.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string number_field(int field, double value) {
  std::string bytes(1, static_cast<char>(field << 3 | 1));
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(bits >> (8 * i) & 0xFFU);
  return bytes;
}
std::string cpu(double value) {
  return number_field(1, value);
}
std::string qps(double value) {
  return number_field(6, value);
}
std::string eps(double value) {
  return number_field(7, value);
}
std::string application(double value) {
  return number_field(9, value);
}

struct weighted : fake_channel {
  explicit weighted(std::size_t count, weighted_round_robin_config config = {})
      : fake_channel(policy_of("weighted_round_robin", config), count) {
    all_become(channel_state::ready);
  }
  void report(std::size_t i, const std::string& bytes) {
    end(i, true, {{"endpoint-load-metrics-bin", bytes}});
  }
  /// 100 queries a second at 100 %, 50 %, 33 % … make the weights 1 : 2 : 3 …
  void report_all() {
    for (std::size_t i = 0; i < backends.size(); ++i) {
      report(i, cpu(1.0 / static_cast<double>(i + 1)) + qps(100));
    }
  }
  void past_blackout() {
    report_all();
    now += 10s;
  }
  /// Calls for each backend are as these, give or take one.
  testing::AssertionResult spreads(std::vector<int> expected) {
    int sum = 0;
    for (const int calls : expected) sum += calls;
    const auto chosen = choose_many(sum);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto found = chosen.find(std::string(1, static_cast<char>('a' + i)));
      const int calls = found == chosen.end() ? 0 : found->second;
      if (std::abs(calls - expected[i]) > 1) {
        return testing::AssertionFailure()
               << calls << " calls of backend " << i << ", not " << expected[i];
      }
    }
    return testing::AssertionSuccess();
  }
};

TEST(weighted_round_robin, gives_calls_in_proportion_to_the_weights) {
  weighted c(3);
  c.past_blackout();
  EXPECT_TRUE(c.spreads({1000, 2000, 3000}));
}

TEST(weighted_round_robin, keeps_to_the_shares_while_weights_are_looked_at_again_and_again) {
  weighted c(3);
  c.past_blackout();
  std::map<std::string, int> chosen;
  for (int i = 0; i < 6000; ++i) {
    ++chosen[c.choose()];
    c.now += 1s;  // so each pick looks at the weights
    c.report_all();
  }
  EXPECT_NEAR(chosen["a"], 1000, 1);
  EXPECT_NEAR(chosen["b"], 2000, 1);
  EXPECT_NEAR(chosen["c"], 3000, 1);
}

TEST(weighted_round_robin, spreads_the_calls_of_the_strongest_over_the_round) {
  weighted c(2);
  c.past_blackout();
  std::string last;
  for (int i = 0; i < 30; ++i) {
    const std::string chosen = c.choose();
    EXPECT_FALSE(chosen == "a" && last == "a") << "the weak one, twice in a row";
    last = chosen;
  }
}

TEST(weighted_round_robin, is_plain_round_robin_without_reports) {
  weighted c(3);
  EXPECT_THAT(c.choose_many(300), ElementsAre(Pair("a", 100), Pair("b", 100), Pair("c", 100)));
}

TEST(weighted_round_robin, is_plain_round_robin_with_one_weight) {
  weighted c(3);
  c.report(0, cpu(0.1) + qps(1000));
  c.now += 10s;
  EXPECT_THAT(c.choose_many(300), ElementsAre(Pair("a", 100), Pair("b", 100), Pair("c", 100)));
}

TEST(weighted_round_robin, gives_those_without_a_weight_the_mean) {
  weighted c(3);
  c.report(0, cpu(1) + qps(100));
  c.report(1, cpu(1) + qps(300));
  c.now += 10s;
  EXPECT_TRUE(c.spreads({100, 300, 200}));
}

TEST(weighted_round_robin, does_not_use_a_weight_before_the_blackout_is_over) {
  weighted c(2);
  c.report_all();
  c.now += 9999ms;
  c.report_all();  // a later report does not make it longer
  EXPECT_TRUE(c.spreads({150, 150}));
  c.now += 1s;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, takes_weights_at_once_when_there_is_no_blackout) {
  weighted c(2, {.blackout_period = 0s});
  c.report_all();
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, begins_the_blackout_again_with_a_new_connection) {
  weighted c(2);
  c.past_blackout();
  EXPECT_TRUE(c.spreads({100, 200}));
  c[1].become(channel_state::idle);
  c[1].become(channel_state::ready);
  c.report_all();
  EXPECT_TRUE(c.spreads({150, 150}));
  c.now += 10s;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, forgets_a_weight_that_is_too_old_and_begins_the_blackout_again) {
  weighted c(2);
  c.past_blackout();
  c.now += 169s;
  EXPECT_TRUE(c.spreads({100, 200}));
  c.now += 1s;
  EXPECT_TRUE(c.spreads({150, 150})) << "180 s without a report";
  c.report_all();
  c.now += 5s;
  EXPECT_TRUE(c.spreads({150, 150}));
  c.now += 5s;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, looks_at_the_weights_once_in_an_update_period) {
  weighted c(2, {.blackout_period = 0s, .weight_update_period = 5s});
  c.choose();
  c.report_all();
  c.now += 4999ms;
  EXPECT_TRUE(c.spreads({150, 150}));
  c.now += 1ms;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, does_not_look_at_the_weights_more_often_than_every_100_ms) {
  weighted c(2, {.blackout_period = 0s, .weight_update_period = 0s});
  c.choose();
  c.report_all();
  c.now += 99ms;
  EXPECT_TRUE(c.spreads({150, 150}));
  c.now += 1ms;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, can_have_periods_that_never_end) {
  weighted c(2, {.blackout_period = 0s,
                 .weight_expiration_period = std::chrono::nanoseconds::max(),
                 .weight_update_period = std::chrono::nanoseconds::max()});
  c.report_all();
  EXPECT_TRUE(c.spreads({100, 200}));
  c.now += 24h * 365;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, takes_the_utilization_of_the_application_before_that_of_the_cpu) {
  weighted c(2);
  c.report(0, cpu(0.1) + application(0.5) + qps(100));
  c.report(1, cpu(0.9) + application(0.25) + qps(100));
  c.now += 10s;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, takes_errors_for_utilization) {
  weighted c(2);
  c.report(0, cpu(0.5) + qps(100) + eps(50));  // as good as 100 %
  c.report(1, cpu(0.5) + qps(100));
  c.now += 10s;
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, takes_errors_as_seriously_as_it_is_told) {
  weighted none(2, {.error_utilization_penalty = 0});
  none.report(0, cpu(0.5) + qps(100) + eps(50));
  none.report(1, cpu(0.5) + qps(100));
  none.now += 10s;
  EXPECT_TRUE(none.spreads({100, 100}));
  weighted more(2, {.error_utilization_penalty = 3});
  more.report(0, cpu(0.5) + qps(100) + eps(50));  // 0.5 + 3 * 0.5
  more.report(1, cpu(0.5) + qps(100));
  more.now += 10s;
  EXPECT_TRUE(more.spreads({100, 400}));
}

TEST(weighted_round_robin, takes_a_wild_weight_for_ten_times_the_mean_at_most) {
  weighted c(20);
  for (std::size_t i = 0; i < 20; ++i) c.report(i, cpu(1) + qps(i == 0 ? 1e12 : 100));
  c.now += 10s;
  const auto chosen = c.choose_many(1190);
  // The mean is 5e10, so that the others count for a tenth of that, and the wild one for ten times.
  EXPECT_NEAR(chosen.at("a"), 1000, 1);
  EXPECT_NEAR(chosen.at("b"), 10, 1);
}

TEST(weighted_round_robin, does_not_hear_reports_that_make_no_sense) {
  const std::string good = cpu(0.5) + qps(100);
  const std::vector<std::string> bad = {
      "",
      cpu(0.5),
      qps(100),
      cpu(0) + qps(100),
      cpu(-0.5) + qps(100),
      cpu(std::nan("")) + qps(100),
      cpu(0.5) + qps(std::numeric_limits<double>::infinity()),
      cpu(std::numeric_limits<double>::denorm_min()) + qps(100),
      good + eps(-1),
      good.substr(0, good.size() - 1),
      good + "\x0B",                            // a group
      good + std::string(1, '\0'),              // field 0
      good + "\x22\xFF\xFF\xFF\xFF\x0F",        // bytes that are not there
      good + std::string(11, '\xFF') + "\x01",  // a tag without an end
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    weighted c(2, {.blackout_period = 0s});
    c.report(0, cpu(1) + qps(100));
    c.report(1, bad[i]);
    EXPECT_TRUE(c.spreads({100, 100})) << "report " << i;
  }
}

TEST(weighted_round_robin, keeps_the_weight_when_a_bad_report_follows) {
  weighted c(2);
  c.past_blackout();
  c.report(1, "no report");
  c.end(1, false);
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, skips_fields_that_it_does_not_know) {
  weighted c(2, {.blackout_period = 0s});
  const std::string others = std::string("\x18\x96\x01", 3) +  // rps
                             "\x2A\x03" + "abc" +              // utilization
                             number_field(2, 0.25) +           // mem_utilization
                             "\x85\x01" + "four" +             // field 16, fixed32
                             "\x0A\x01" + "x";                 // field 1 as bytes
  c.report(0, others + cpu(0.5) + others + qps(100) + others);
  c.report(1, others + cpu(0.25) + qps(100));
  EXPECT_TRUE(c.spreads({100, 200}));
}

TEST(weighted_round_robin, does_not_look_into_trailers_when_reports_come_out_of_band) {
  weighted c(2, {.enable_oob_load_report = true});
  EXPECT_FALSE(c.policy().wants_outcomes());
  c.past_blackout();
  EXPECT_TRUE(c.spreads({150, 150}));
  EXPECT_TRUE(weighted(1).policy().wants_outcomes());
}

TEST(weighted_round_robin, takes_weights_from_reports_out_of_band) {
  weighted c(2, {.enable_oob_load_report = true, .oob_reporting_period = 3s});
  EXPECT_EQ(c.policy().load_report_interval(), 3s);
  c.policy().load_reported(c[0], application(0.8) + qps(100));
  c.policy().load_reported(c[1], application(0.2) + qps(100));
  c.now += 10s;
  EXPECT_TRUE(c.spreads({60, 240}));
  EXPECT_EQ(weighted(1).policy().load_report_interval(), std::nullopt);
}

TEST(weighted_round_robin, keeps_the_weights_of_backends_that_stay) {
  weighted c(2);
  c.past_blackout();
  c.add();
  c.update();
  c[2].become(channel_state::ready);
  EXPECT_TRUE(c.spreads({200, 400, 300})) << "the new one has the mean";
  c.update({1, 2});
  c.end(0, true, {{"endpoint-load-metrics-bin", cpu(1) + qps(1)}});  // a call that was left over
  EXPECT_TRUE(c.spreads({0, 150, 150}));
}

TEST(weighted_round_robin, leaves_out_backends_that_are_not_ready) {
  weighted c(3);
  c.past_blackout();
  c[2].become(channel_state::transient_failure);
  EXPECT_TRUE(c.spreads({100, 200, 0}));
  c[0].become(channel_state::transient_failure);
  c[1].become(channel_state::transient_failure);
  EXPECT_EQ(c.choose(), "cannot connect to 10.0.0.2:443");
}

TEST(weighted_round_robin, does_not_begin_in_step_with_other_clients) {
  std::map<std::string, int> first;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    fake_channel c(policy_of("weighted_round_robin"), 4, seed);
    c.all_become(channel_state::ready);
    ++first[c.choose()];
  }
  EXPECT_EQ(first.size(), 4U);
  for (const auto& [who, times] : first) EXPECT_GT(times, 20) << who;
}

}  // namespace
}  // namespace grpcwire::tests
