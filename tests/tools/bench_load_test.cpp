// What load clients tell of their calls: quantiles, and when calls begin.
#include <chrono>
#include <cstdint>

#include <gmock/gmock.h>

#include "tools/bench/histogram.hpp"
#include "tools/bench/load.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;

TEST(histogram, knows_small_values_exactly) {
  histogram h;
  for (std::uint64_t value = 1; value <= 100; ++value) h.record(value);
  EXPECT_EQ(h.quantile(0.5), 51U);
  EXPECT_EQ(h.quantile(0.99), 100U);
  EXPECT_EQ(h.max(), 100U);
  EXPECT_DOUBLE_EQ(h.mean(), 50.5);
}

TEST(histogram, knows_large_values_to_within_one_per_cent) {
  for (std::uint64_t value = 3; value < std::uint64_t{1} << 60; value = value * 7 / 3) {
    histogram h;
    h.record(value);
    h.record(value * 4);  // so that the largest value is not what is told
    const double told = static_cast<double>(h.quantile(0.25));
    EXPECT_NEAR(told, static_cast<double>(value), 0.01 * static_cast<double>(value)) << value;
  }
}

TEST(histogram, takes_values_from_zero_to_the_largest) {
  histogram h;
  h.record(0);
  h.record(UINT64_MAX);
  EXPECT_EQ(h.quantile(0.2), 0U);
  EXPECT_EQ(h.max(), UINT64_MAX);
}

TEST(histogram, adds_up) {
  histogram a;
  histogram b;
  for (int i = 0; i < 90; ++i) a.record(10);
  for (int i = 0; i < 10; ++i) b.record(200);
  a.add(b);
  EXPECT_EQ(a.total(), 100U);
  EXPECT_EQ(a.quantile(0.5), 10U);
  EXPECT_EQ(a.quantile(0.95), 200U);
  EXPECT_EQ(histogram().quantile(0.5), 0U);
}

TEST(meter, shares_the_calls_among_threads_without_losing_one) {
  load_options options;
  options.calls = 10;
  options.threads = 3;
  std::uint64_t begun = 0;
  for (unsigned index = 0; index < 3; ++index) {
    meter m(options, index);
    m.start(clock::time_point{});
    while (m.may_begin(clock::time_point{})) ++begun;
  }
  EXPECT_EQ(begun, 10U);
}

TEST(meter, begins_no_call_when_the_time_is_over) {
  load_options options;
  options.seconds = 2;
  meter m(options, 0);
  const clock::time_point start{5s};
  m.start(start);
  EXPECT_TRUE(m.may_begin(start + 1999ms));
  EXPECT_FALSE(m.may_begin(start + 2s));
}

TEST(meter, paces_an_open_loop_over_all_threads) {
  load_options options;
  options.calls = 8;
  options.rate = 1000;
  options.threads = 2;
  meter first(options, 0);
  meter second(options, 1);
  first.start(clock::time_point{});
  second.start(clock::time_point{});
  EXPECT_EQ(first.take_slot(), clock::time_point{});
  EXPECT_EQ(second.take_slot(), clock::time_point{1ms});
  EXPECT_EQ(first.take_slot(), clock::time_point{2ms});
  EXPECT_EQ(second.take_slot(), clock::time_point{3ms});
}

TEST(meter, ends_the_run_with_the_first_failure) {
  load_options options;
  options.calls = 8;
  meter m(options, 0);
  m.start(clock::time_point{});
  m.fail("one");
  m.fail("two");
  EXPECT_FALSE(m.may_begin(clock::time_point{}));
  EXPECT_EQ(m.failure(), "one");
}

}  // namespace
}  // namespace bench
