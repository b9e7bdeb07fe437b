#include <chrono>

#include <gtest/gtest.h>

#include <grpcwire/rpc/deadline.hpp>

namespace grpcwire {
namespace {

using namespace std::chrono_literals;

TEST(deadline, is_none_unless_it_is_given) {
  const deadline none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(none.at());
}

TEST(deadline, counts_a_duration_from_its_construction) {
  const auto before = deadline::clock::now();
  const deadline d(5s);
  const auto after = deadline::clock::now();
  ASSERT_TRUE(d);
  EXPECT_GE(*d.at(), before + 5s);
  EXPECT_LE(*d.at(), after + 5s);
}

TEST(deadline, takes_a_moment_as_it_is) {
  const auto moment = deadline::clock::now() - 3s;
  EXPECT_EQ(*deadline(moment).at(), moment);
}

TEST(deadline, does_not_wrap_around_for_a_duration_without_end) {
  const auto now = deadline::clock::now();
  EXPECT_GT(*deadline(std::chrono::hours::max()).at(), now);
  EXPECT_GT(*deadline(deadline::clock::duration::max()).at(), now);
  EXPECT_GT(*deadline(std::chrono::duration<double>(1e30)).at(), now);
  EXPECT_LT(*deadline(deadline::clock::duration::min()).at(), now);
}

TEST(deadline, that_comes_first_wins_and_none_never_does) {
  const auto now = deadline::clock::now();
  const deadline near(now + 1s);
  const deadline far(now + 2s);
  const deadline none;
  EXPECT_EQ(earlier(near, far).at(), near.at());
  EXPECT_EQ(earlier(far, near).at(), near.at());
  EXPECT_EQ(earlier(none, far).at(), far.at());
  EXPECT_EQ(earlier(far, none).at(), far.at());
  EXPECT_FALSE(earlier(none, none));
}

}  // namespace
}  // namespace grpcwire
