// What must hold whatever happens to servers, networks and the resolver behind a channel.

#include <algorithm>
#include <iostream>
#include <numeric>

#include <gtest/gtest.h>

#include <grpcwire/codec/status_code.hpp>

#include "tests/fleet/fleet_run.hpp"

namespace grpcwire::fleet {
namespace {

struct spread {
  int least = 0;
  int most = 0;
  double mean = 0;
};

spread spread_of(const std::vector<int>& served) {
  const auto [least, most] = std::minmax_element(served.begin(), served.end());
  const int all = std::accumulate(served.begin(), served.end(), 0);
  return {*least, *most, static_cast<double>(all) / static_cast<double>(served.size())};
}

std::string list(const std::map<std::string, int>& counts) {
  std::string text;
  for (const auto& [what, count] : counts) {
    text.append(text.empty() ? "" : ", ").append(std::to_string(count) + " " + what);
  }
  return text;
}

void show(const run_settings& settings, const run_result& r) {
  const spread storm = spread_of(r.served_in_storm);
  const spread calm = spread_of(r.served_in_calm);
  std::cout << "seed " << settings.seed << ", " << settings.servers << " servers, "
            << settings.policy << "\n  storm: " << list(r.events)
            << "\n         calls: " << list(r.ends_in_storm)
            << "\n         served by each: " << storm.least << " to " << storm.most << ", mean "
            << storm.mean << "\n  calm:  calls: " << list(r.ends_in_calm)
            << "\n         served by each: " << calm.least << " to " << calm.most << ", mean "
            << calm.mean << "\n  digest " << std::hex << r.digest << std::dec << '\n';
}

void expect_sound(const run_result& r) {
  ASSERT_TRUE(r.finished);
  EXPECT_EQ(r.left_at_servers, 0U);
  for (std::size_t i = 0; i < r.calls.size(); ++i) {
    const call_record& c = r.calls[i];
    EXPECT_EQ(c.ended, 1) << "call " << i;
    EXPECT_LE(c.handled, c.retryable ? 5 : 1) << "call " << i << " was tried again unasked";
    EXPECT_TRUE(c.code != 0 || c.answered_by_who_says_so) << "call " << i;
  }
  const auto calls_in_calm = std::accumulate(r.served_in_calm.begin(), r.served_in_calm.end(), 0);
  const std::map<std::string, int> all_well{{"OK", calls_in_calm}};
  EXPECT_EQ(r.ends_in_calm, all_well);
}

class each_seed : public testing::TestWithParam<std::uint64_t> {};

TEST_P(each_seed, ends_every_call_once_and_spreads_them_evenly) {
  run_settings settings;
  settings.seed = GetParam();
  const run_result r = run(settings);
  show(settings, r);
  expect_sound(r);
  const spread calm = spread_of(r.served_in_calm);
  EXPECT_EQ(calm.mean, 100);
  EXPECT_LE(calm.most - calm.least, 1) << "in turn is in turn";
  const spread storm = spread_of(r.served_in_storm);
  EXPECT_GT(storm.least, storm.mean / 3) << "who comes back gets its share again";
  EXPECT_LT(storm.most, storm.mean * 2);
  // With retries hardly any call is lost to the storm.
  int lost = 0;
  int unary = 0;
  for (std::size_t i = 0; i < settings.calls_in_storm; ++i) {
    if (!r.calls[i].retryable) continue;
    ++unary;
    lost += r.calls[i].code != 0 ? 1 : 0;
  }
  EXPECT_LT(lost, unary / 50);
}

INSTANTIATE_TEST_SUITE_P(fleet, each_seed, testing::Values(1, 2, 3));

TEST(fleet, repeats_itself_from_its_seed) {
  run_settings settings;
  settings.seed = 7;
  settings.servers = 20;
  settings.calls_in_storm = 3000;
  settings.calls_in_calm = 500;
  const run_result once = run(settings);
  const run_result again = run(settings);
  settings.seed = 8;
  const run_result other = run(settings);
  ASSERT_TRUE(once.finished && again.finished && other.finished);
  EXPECT_EQ(once.digest, again.digest);
  EXPECT_NE(once.digest, other.digest);
}

TEST(fleet, ends_every_call_once_with_each_policy) {
  for (const char* policy : {R"({"pick_first": {}})", R"({"least_request_experimental": {}})",
                             R"({"weighted_round_robin": {}})",
                             R"({"ring_hash_experimental": {"requestHashHeader": "user"}})",
                             R"({"outlier_detection_experimental": {"failurePercentageEjection": {},
            "childPolicy": [{"round_robin": {}}]}})"}) {
    run_settings settings;
    settings.seed = 11;
    settings.servers = 20;
    settings.calls_in_storm = 3000;
    settings.calls_in_calm = 500;
    settings.policy = policy;
    const run_result r = run(settings);
    show(settings, r);
    expect_sound(r);
  }
}

}  // namespace
}  // namespace grpcwire::fleet
