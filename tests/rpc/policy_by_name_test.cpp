// Policies by their names and configurations, and those that are too simple for a file of their
// own.

#include <algorithm>

#include <gmock/gmock.h>

#include <grpcwire/rpc/service_config.hpp>

#include "tests/support/fake_balancing.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::unique_ptr<load_balancer> configured(std::string_view json) {
  const auto config = parse_service_config(json);
  EXPECT_TRUE(config.has_value());
  return make_load_balancer(config->load_balancing.value());
}

/// Always the last one.
struct last_one final : every_backend {
  backend& among(const std::vector<backend*>& ready, const pick_request&) override {
    return *ready.back();
  }
};

std::vector<endpoint> numbered(int count) {
  std::vector<endpoint> all;
  for (int i = 0; i < count; ++i) all.push_back({.addresses = {std::to_string(i)}});
  return all;
}

TEST(make_load_balancer, knows_every_name_that_a_service_config_may_have) {
  for (const char* name :
       {"pick_first", "round_robin", "weighted_round_robin", "least_request_experimental",
        "ring_hash_experimental", "outlier_detection_experimental"}) {
    EXPECT_TRUE(is_built_in_policy(name)) << name;
    EXPECT_NE(make_load_balancer(name), nullptr) << name;
  }
  EXPECT_EQ(make_load_balancer("worst_fit"), nullptr);
  EXPECT_EQ(make_load_balancer(""), nullptr);
}

TEST(make_load_balancer, takes_the_default_when_the_configuration_is_of_another_policy) {
  EXPECT_NE(make_load_balancer(policy_of("round_robin", ring_hash_config{})), nullptr);
}

TEST(make_load_balancer, gives_a_policy_of_the_program_its_json) {
  std::string seen;
  const std::vector<load_balancer_kind> kinds = {
      {.name = "last", .make = [&](std::string_view json) {
         seen = json;
         return std::make_unique<last_one>();
       }}};
  const std::vector<std::string> names = {"last"};
  const auto config =
      parse_service_config(R"({"loadBalancingConfig": [{"last": {"n": 1}}]})", names);
  fake_channel c(make_load_balancer(*config->load_balancing, kinds), 3);
  EXPECT_EQ(seen, R"({"n":1})");
  c.all_become(channel_state::ready);
  EXPECT_THAT(c.choose_many(10), ElementsAre(Pair("c", 10)));
  EXPECT_NE(make_load_balancer(policy_of("last"), kinds), nullptr);
  EXPECT_EQ(seen, "{}");
}

TEST(make_load_balancer, lets_a_policy_of_the_program_be_a_child) {
  const std::vector<load_balancer_kind> kinds = {
      {.name = "last", .make = [](std::string_view) { return std::make_unique<last_one>(); }}};
  outlier_detection_config config;
  config.child = child_policy(policy_of("last", custom_policy_config{}));
  fake_channel c(make_load_balancer(policy_of("outlier_detection_experimental", config), kinds), 3);
  c.all_become(channel_state::ready);
  EXPECT_EQ(c.choose(), "c");
}

TEST(make_load_balancer, lets_the_program_replace_a_built_in_policy) {
  const std::vector<load_balancer_kind> kinds = {
      {.name = "round_robin",
       .make = [](std::string_view) { return std::make_unique<last_one>(); }}};
  fake_channel c(make_load_balancer(policy_of("round_robin"), kinds), 2);
  c.all_become(channel_state::ready);
  EXPECT_THAT(c.choose_many(10), ElementsAre(Pair("b", 10)));
}

TEST(pick_first, keeps_the_order_of_the_resolver) {
  auto found = numbered(20);
  make_load_balancer("pick_first")->arrange(found);
  EXPECT_EQ(found, numbered(20));
}

TEST(pick_first, shuffles_the_endpoints_when_it_is_told_to) {
  const auto policy =
      configured(R"({"loadBalancingConfig": [{"pick_first": {"shuffleAddressList": true}}]})");
  std::map<std::string, int> first;
  for (int i = 0; i < 300; ++i) {
    auto found = numbered(3);
    policy->arrange(found);
    ++first[found.front().addresses.front()];
    std::sort(found.begin(), found.end(),
              [](const endpoint& a, const endpoint& b) { return a.addresses < b.addresses; });
    EXPECT_EQ(found, numbered(3));
  }
  EXPECT_EQ(first.size(), 3U);
  for (const auto& [address, times] : first) EXPECT_GT(times, 50) << address;
}

TEST(round_robin, gives_each_backend_the_same_number_of_calls) {
  fake_channel c(policy_of("round_robin"), 3);
  c.all_become(channel_state::ready);
  EXPECT_THAT(c.choose_many(300), ElementsAre(Pair("a", 100), Pair("b", 100), Pair("c", 100)));
}

TEST(round_robin, does_not_begin_with_the_same_backend_in_all_clients) {
  std::map<std::string, int> first;
  for (std::uint64_t seed = 0; seed < 9; ++seed) {
    fake_channel c(policy_of("round_robin"), 3, seed);
    c.all_become(channel_state::ready);
    ++first[c.choose()];
  }
  EXPECT_EQ(first.size(), 3U);
}

TEST(least_request, draws_as_many_backends_as_it_is_told) {
  // The idle one of ten is chosen whenever it is among those drawn.
  const auto share_of_the_idle_one = [](std::uint32_t choices) {
    fake_channel c(policy_of("least_request_experimental", least_request_config{choices}), 10);
    c.all_become(channel_state::ready);
    for (const auto& b : c.backends) b->calls = b == c.backends.front() ? 0 : 5;
    return c.choose_many(10'000)["a"];
  };
  EXPECT_NEAR(share_of_the_idle_one(2), 1900, 200);    // 1 - 0.9 ^ 2
  EXPECT_NEAR(share_of_the_idle_one(5), 4095, 200);    // 1 - 0.9 ^ 5
  EXPECT_NEAR(share_of_the_idle_one(100), 6513, 200);  // as with 10
  EXPECT_NEAR(share_of_the_idle_one(0), 1900, 200);    // as with 2
}

}  // namespace
}  // namespace grpcwire::tests
