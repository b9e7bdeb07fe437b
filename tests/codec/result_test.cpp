// result: which side it holds, how it is made, how it is read.
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::codec {
namespace {

enum class failure { small, large };

result<std::string, failure> half(int number) {
  if (number % 2 != 0) return failure::large;
  return std::to_string(number / 2);
}

TEST(result, holds_a_value_or_an_error) {
  const auto good = half(4);
  ASSERT_TRUE(good);
  EXPECT_TRUE(good.has_value());
  EXPECT_EQ(good.value(), "2");
  EXPECT_EQ(*good, "2");
  EXPECT_EQ(good->size(), 1U);

  const auto bad = half(5);
  ASSERT_FALSE(bad);
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), failure::large);
}

TEST(result, holds_a_fresh_value_by_default) {
  const result<std::string, failure> fresh;
  ASSERT_TRUE(fresh);
  EXPECT_EQ(*fresh, "");
}

TEST(result, of_nothing_says_whether_it_worked) {
  const result<void, failure> worked;
  EXPECT_TRUE(worked);
  EXPECT_TRUE(worked.has_value());
  result<void, failure> failed = unexpected{failure::small};
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), failure::small);
  failed.error() = failure::large;
  EXPECT_EQ(failed.error(), failure::large);
  failed = worked;
  EXPECT_TRUE(failed);
}

TEST(result, lets_its_value_and_error_be_changed) {
  auto good = half(4);
  good.value() += "x";
  *good += "y";
  good->push_back('z');
  EXPECT_EQ(*good, "2xyz");
  auto bad = half(5);
  bad.error() = failure::small;
  EXPECT_EQ(bad.error(), failure::small);
  good = bad;
  EXPECT_FALSE(good);
  bad = half(8);
  EXPECT_EQ(*bad, "4");
}

TEST(result, moves_what_cannot_be_copied) {
  using owner = std::unique_ptr<int>;
  result<owner, failure> made = std::make_unique<int>(7);
  const owner by_star = *std::move(made);
  EXPECT_EQ(*by_star, 7);
  result<owner, failure> again = std::make_unique<int>(8);
  const owner by_value = std::move(again).value();
  EXPECT_EQ(*by_value, 8);
  result<int, owner> failed = std::make_unique<int>(9);
  const owner error = std::move(failed).error();
  EXPECT_EQ(*error, 9);
}

TEST(result, tells_equal_types_apart_by_unexpected) {
  const result<int, int> good = [] { return result<int, int>(); }();
  const result<int, int> bad = unexpected{3};
  EXPECT_TRUE(good);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error(), 3);
}

TEST(result, takes_what_converts_to_either_side) {
  const result<std::string, failure> good = "text";
  EXPECT_EQ(*good, "text");
  const result<int, std::string> bad = "reason";
  EXPECT_EQ(bad.error(), "reason");
  const result<std::string, std::string> wrapped = unexpected{"why"};
  EXPECT_EQ(wrapped.error(), "why");
}

#ifndef NDEBUG
TEST(result_death, asserts_that_the_asked_side_is_there) {
  const auto good = half(4);
  const auto bad = half(5);
  EXPECT_DEATH((void)bad.value(), "holds an error");
  EXPECT_DEATH((void)good.error(), "holds a value");
}
#endif

}  // namespace
}  // namespace grpcwire::codec
