// The heap of deadlines against a plain map.
#include <chrono>
#include <cstdint>
#include <map>

#include <gtest/gtest.h>

#include <grpcwire/transport/deadline_queue.hpp>

#include "tests/support/random_source.hpp"

namespace grpcwire::transport {
namespace {

using namespace std::chrono_literals;
constexpr time_point first_moment{1h};

TEST(deadline_queue, is_empty_at_first) {
  deadline_queue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_FALSE(queue.next());
  EXPECT_FALSE(queue.pop_expired(time_point::max()));
  queue.remove(7);
}

TEST(deadline_queue, gives_the_earliest_first) {
  deadline_queue queue;
  queue.set(4, first_moment + 3s);
  queue.set(2, first_moment + 1s);
  queue.set(9, first_moment + 2s);
  EXPECT_EQ(queue.next(), first_moment + 1s);
  EXPECT_FALSE(queue.pop_expired(first_moment + 1s - 1ns));
  EXPECT_EQ(queue.pop_expired(first_moment + 1s), 2U);
  EXPECT_EQ(queue.pop_expired(first_moment + 5s), 9U);
  EXPECT_EQ(queue.pop_expired(first_moment + 5s), 4U);
  EXPECT_TRUE(queue.empty());
}

TEST(deadline_queue, moves_a_deadline_both_ways) {
  deadline_queue queue;
  for (std::uint32_t key = 0; key < 10; ++key)
    queue.set(key, first_moment + std::chrono::seconds(key));
  queue.set(9, first_moment - 1s);
  queue.set(0, first_moment + 100s);
  EXPECT_EQ(queue.pop_expired(first_moment), 9U);
  EXPECT_EQ(queue.next(), first_moment + 1s);
  for (std::uint32_t key = 1; key < 9; ++key) EXPECT_EQ(queue.pop_expired(first_moment + 99s), key);
  EXPECT_FALSE(queue.pop_expired(first_moment + 99s));
  EXPECT_EQ(queue.pop_expired(first_moment + 100s), 0U);
}

TEST(deadline_queue, agrees_with_a_map_whatever_is_done) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    tests::random_source random(seed);
    deadline_queue queue;
    std::map<std::uint32_t, time_point> model;
    time_point now = first_moment;
    for (int i = 0; i < 500; ++i) {
      const auto key = static_cast<std::uint32_t>(random.below(40));
      switch (random.below(4)) {
        case 0:
        case 1: {
          const time_point at = now + std::chrono::milliseconds(random.below(1000));
          queue.set(key, at);
          model[key] = at;
          break;
        }
        case 2:
          queue.remove(key);
          model.erase(key);
          break;
        default:
          now += std::chrono::milliseconds(random.below(100));
          while (const auto expired = queue.pop_expired(now)) {
            ASSERT_TRUE(model.contains(*expired)) << seed;
            ASSERT_LE(model[*expired], now) << seed;
            model.erase(*expired);
          }
          for (const auto& [other, at] : model) ASSERT_GT(at, now) << seed << " " << other;
      }
      ASSERT_EQ(queue.empty(), model.empty()) << seed;
      time_point least = time_point::max();
      for (const auto& [other, at] : model) least = std::min(least, at);
      if (!model.empty()) {
        ASSERT_EQ(queue.next(), least) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace grpcwire::transport
