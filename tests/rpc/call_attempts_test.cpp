#include <chrono>

#include <gtest/gtest.h>

#include <grpcwire/rpc/call_attempts.hpp>

namespace grpcwire::detail {
namespace {

using namespace std::chrono_literals;
using codec::metadata;
using codec::status_code;

retry_policy policy_for(status_code code) {
  retry_policy p{
      .max_attempts = 4, .initial_backoff = 100ms, .max_backoff = 300ms, .backoff_multiplier = 2};
  p.retryable_codes.insert(code);
  return p;
}

struct attempts : testing::Test {
  attempts() { call.follow(&policy); }

  void expect_delay_around(std::chrono::nanoseconds middle) {
    const auto delay = call.next(status_code::unavailable, {}, throttle);
    ASSERT_TRUE(delay);
    EXPECT_GE(*delay, middle * 8 / 10);
    EXPECT_LE(*delay, middle * 12 / 10);
  }

  void leaves(codec::buffer&& message) {
    codec::buffer_list copies;
    copies.push_back(call.copy(message, 100));
    call.keep(copies);
  }

  retry_policy policy = policy_for(status_code::unavailable);
  retry_throttle throttle;
  call_attempts call;
};

TEST_F(attempts, come_after_delays_that_grow_up_to_the_maximum) {
  expect_delay_around(100ms);
  EXPECT_EQ(call.previous(), 1U);
  expect_delay_around(200ms);
  expect_delay_around(300ms);
  EXPECT_FALSE(call.next(status_code::unavailable, {}, throttle)) << "four attempts in all";
}

TEST_F(attempts, are_five_at_most_whatever_the_policy_says) {
  policy.max_attempts = 100;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(call.next(status_code::unavailable, {}, throttle)) << i;
  EXPECT_FALSE(call.next(status_code::unavailable, {}, throttle));
}

TEST_F(attempts, end_with_a_code_that_is_not_retryable) {
  EXPECT_FALSE(call.next(status_code::internal, {}, throttle));
  EXPECT_EQ(call.previous(), 0U);
}

TEST_F(attempts, end_when_the_server_has_answered) {
  call.commit();
  EXPECT_FALSE(call.next(status_code::unavailable, {}, throttle));
  EXPECT_FALSE(call.once_more());
}

TEST_F(attempts, end_when_too_many_bytes_would_have_to_be_kept) {
  leaves(codec::buffer(60));
  leaves(codec::buffer(40));
  EXPECT_FALSE(call.committed());
  leaves(codec::buffer(1));
  EXPECT_TRUE(call.committed());
  EXPECT_TRUE(call.take_sent().empty());
}

TEST_F(attempts, send_the_same_messages_in_the_same_order) {
  const std::uint8_t one[] = {1};
  const std::uint8_t two[] = {2, 2};
  leaves(codec::buffer(one));
  leaves(codec::buffer(two));
  const auto again = call.take_sent();
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].size(), 1U);
  EXPECT_EQ(again[1].size(), 2U);
}

TEST_F(attempts, wait_as_long_as_the_server_asks_and_begin_the_delays_anew) {
  expect_delay_around(100ms);
  expect_delay_around(200ms);
  metadata asks;
  asks.add("grpc-retry-pushback-ms", "7");
  EXPECT_EQ(call.next(status_code::unavailable, asks, throttle), 7ms);
}

TEST_F(attempts, that_follow_a_pushback_begin_with_the_first_delay) {
  metadata asks;
  asks.add("grpc-retry-pushback-ms", "0");
  expect_delay_around(100ms);
  EXPECT_EQ(call.next(status_code::unavailable, asks, throttle), 0ms);
  expect_delay_around(100ms);
}

TEST_F(attempts, end_when_the_server_forbids_them) {
  for (const char* text : {"-1", "soon", "", "5x", "99999999999"}) {
    metadata forbids;
    forbids.add("grpc-retry-pushback-ms", text);
    EXPECT_FALSE(call.next(status_code::unavailable, forbids, throttle)) << text;
  }
  metadata twice;
  twice.add("grpc-retry-pushback-ms", "1");
  twice.add("grpc-retry-pushback-ms", "2");
  EXPECT_FALSE(call.next(status_code::unavailable, twice, throttle));
}

TEST_F(attempts, stop_when_half_of_the_tokens_are_gone) {
  throttle.set(retry_throttling{.max_tokens = 4, .token_ratio = 0.5});
  EXPECT_TRUE(call.next(status_code::unavailable, {}, throttle));   // 3 left
  EXPECT_FALSE(call.next(status_code::unavailable, {}, throttle));  // 2 left, which is half
  throttle.succeeded();
  EXPECT_TRUE(throttle.allows());
  for (int i = 0; i < 100; ++i) throttle.succeeded();
  throttle.failed();
  throttle.failed();
  EXPECT_FALSE(throttle.allows()) << "successes do not fill it above the maximum";
}

TEST_F(attempts, take_tokens_only_with_failures_that_count) {
  throttle.set(retry_throttling{.max_tokens = 2, .token_ratio = 0.5});
  EXPECT_FALSE(call.next(status_code::internal, {}, throttle));
  EXPECT_TRUE(throttle.allows());
}

TEST_F(attempts, that_no_server_looked_at_are_repeated_once_without_a_policy) {
  call.follow(nullptr);
  EXPECT_TRUE(call.once_more());
  EXPECT_FALSE(call.once_more());
  EXPECT_FALSE(call.next(status_code::unavailable, {}, throttle));
}

}  // namespace
}  // namespace grpcwire::detail
