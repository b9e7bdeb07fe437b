#include <algorithm>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/rpc/backoff.hpp>

namespace grpcwire {
namespace {

using namespace std::chrono_literals;

TEST(backoff, grows_by_the_factor_up_to_the_limit) {
  backoff b({.initial = 1000ms, .multiplier = 1.6, .max = 4000ms, .jitter = 0}, 1);
  const std::vector<std::chrono::milliseconds> expected{1000ms, 1600ms, 2560ms, 4000ms, 4000ms};
  for (const auto delay : expected) EXPECT_EQ(b.next(), delay);
}

TEST(backoff, begins_again_after_a_good_connection) {
  backoff b({.initial = 1000ms, .multiplier = 2, .max = 8000ms, .jitter = 0}, 1);
  for (int i = 0; i < 3; ++i) (void)b.next();
  b.reset();
  EXPECT_EQ(b.next(), 1000ms);
  EXPECT_EQ(b.next(), 2000ms);
}

TEST(backoff, spreads_the_delays_of_many_clients) {
  std::chrono::milliseconds least = 10s;
  std::chrono::milliseconds most = 0ms;
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    backoff b({.initial = 1000ms, .jitter = 0.2}, seed);
    const auto delay = b.next();
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, 800ms);
  EXPECT_LE(most, 1200ms);
  EXPECT_LT(least, 850ms);
  EXPECT_GT(most, 1150ms);
}

TEST(backoff, repeats_itself_with_the_same_seed) {
  backoff a({}, 7);
  backoff b({}, 7);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(a.next(), b.next());
}

}  // namespace
}  // namespace grpcwire
