#include <chrono>

#include <gtest/gtest.h>

#include <grpcwire/rpc/hedging_plan_internal.hpp>

namespace grpcwire::detail {
namespace {

using namespace std::chrono_literals;
using codec::metadata;
using codec::status_code;

hedging_policy hedging_on(status_code code) {
  hedging_policy p{.max_attempts = 3, .hedging_delay = 100ms};
  p.non_fatal_codes.insert(code);
  return p;
}

metadata pushback(std::string_view text) {
  metadata said;
  said.add("grpc-retry-pushback-ms", text);
  return said;
}

struct a_hedging_plan : testing::Test {
  hedging_policy policy = hedging_on(status_code::unavailable);
  retry_throttle throttle;
  hedging_plan plan{policy};
};

TEST_F(a_hedging_plan, begins_an_attempt_after_each_delay_up_to_the_maximum) {
  EXPECT_EQ(plan.begin(), 0U);
  EXPECT_EQ(plan.patience(throttle), 100ms);
  EXPECT_EQ(plan.begin(), 1U);
  EXPECT_EQ(plan.patience(throttle), 100ms);
  EXPECT_EQ(plan.begin(), 2U);
  EXPECT_FALSE(plan.patience(throttle)) << "three attempts in all";
}

TEST_F(a_hedging_plan, has_five_attempts_at_most_whatever_the_policy_says) {
  policy.max_attempts = 100;
  for (int i = 0; i < 4; ++i) (void)plan.begin();
  EXPECT_TRUE(plan.patience(throttle));
  (void)plan.begin();
  EXPECT_FALSE(plan.patience(throttle));
}

TEST_F(a_hedging_plan, begins_the_next_attempt_at_once_when_one_fails_without_harm) {
  (void)plan.begin();
  const hedging_step step = plan.failed(status_code::unavailable, {}, throttle);
  EXPECT_FALSE(step.fatal);
  EXPECT_EQ(step.next, 0ms);
}

TEST_F(a_hedging_plan, has_no_other_attempt_when_the_last_one_fails) {
  for (int i = 0; i < 3; ++i) (void)plan.begin();
  const hedging_step step = plan.failed(status_code::unavailable, {}, throttle);
  EXPECT_FALSE(step.fatal);
  EXPECT_FALSE(step.next);
}

TEST_F(a_hedging_plan, fails_with_every_other_code) {
  (void)plan.begin();
  EXPECT_TRUE(plan.failed(status_code::internal, {}, throttle).fatal);
  EXPECT_TRUE(plan.failed(status_code::internal, pushback("5"), throttle).fatal);
}

TEST_F(a_hedging_plan, waits_as_long_as_the_server_asks) {
  (void)plan.begin();
  EXPECT_EQ(plan.failed(status_code::unavailable, pushback("7"), throttle).next, 7ms);
  EXPECT_EQ(plan.patience(throttle), 100ms) << "afterwards as before";
}

TEST_F(a_hedging_plan, stops_when_the_server_forbids_more) {
  for (const char* text : {"-1", "soon", ""}) {
    hedging_plan forbidden(policy);
    (void)forbidden.begin();
    const hedging_step step = forbidden.failed(status_code::unavailable, pushback(text), throttle);
    EXPECT_FALSE(step.fatal) << "other attempts go on";
    EXPECT_FALSE(step.next) << text;
    EXPECT_FALSE(forbidden.patience(throttle)) << text;
  }
}

TEST_F(a_hedging_plan, pauses_while_half_of_the_tokens_are_gone) {
  throttle.set(retry_throttling{.max_tokens = 4, .token_ratio = 1});
  (void)plan.begin();
  EXPECT_EQ(plan.failed(status_code::unavailable, {}, throttle).next, 0ms);  // 3 left
  EXPECT_FALSE(plan.failed(status_code::unavailable, {}, throttle).next);    // 2, which is half
  EXPECT_FALSE(plan.patience(throttle));
  throttle.succeeded();
  EXPECT_TRUE(plan.patience(throttle));
}

TEST_F(a_hedging_plan, takes_tokens_only_for_failures_that_count) {
  throttle.set(retry_throttling{.max_tokens = 2, .token_ratio = 0.5});
  (void)plan.failed(status_code::internal, {}, throttle);
  EXPECT_TRUE(throttle.allows());
  (void)plan.failed(status_code::internal, pushback("-1"), throttle);
  EXPECT_FALSE(throttle.allows());
}

}  // namespace
}  // namespace grpcwire::detail
