// Which stream numbers a server takes HEADERS on.
#include <gtest/gtest.h>

#include <grpcwire/transport/skipped_streams.hpp>

namespace grpcwire::transport {
namespace {

TEST(skipped_streams, are_none_when_numbers_come_in_turn) {
  skipped_streams seen;
  for (stream_id id = 1; id < 100; id += 2) EXPECT_TRUE(seen.accept(id)) << id;
  // Trailers, of whatever age.
  for (stream_id id = 1; id < 100; id += 2) EXPECT_TRUE(seen.accept(id)) << id;
}

TEST(skipped_streams, are_those_that_were_jumped_over) {
  skipped_streams seen;
  EXPECT_TRUE(seen.accept(5));
  EXPECT_TRUE(seen.accept(7));
  EXPECT_TRUE(seen.accept(11));
  for (const stream_id id : {1, 3, 9}) EXPECT_FALSE(seen.accept(id)) << id;
  for (const stream_id id : {5, 7, 11, 13}) EXPECT_TRUE(seen.accept(id)) << id;
}

TEST(skipped_streams, leave_even_numbers_and_0_to_others) {
  skipped_streams seen;
  EXPECT_TRUE(seen.accept(9));
  for (const stream_id id : {0, 2, 8, 10}) EXPECT_TRUE(seen.accept(id)) << id;
  EXPECT_TRUE(seen.accept(11));
  EXPECT_FALSE(seen.accept(7));
}

TEST(skipped_streams, are_forgotten_when_there_are_too_many_gaps) {
  skipped_streams seen;
  for (stream_id id = 3; id < 4 * 100; id += 4) EXPECT_TRUE(seen.accept(id));
  EXPECT_TRUE(seen.accept(1));     // too long ago: as if it had been used
  EXPECT_FALSE(seen.accept(397));  // 395 and 399 were used
  EXPECT_TRUE(seen.accept(0x7fff'ffff));
  EXPECT_FALSE(seen.accept(0x7fff'fffd));
}

}  // namespace
}  // namespace grpcwire::transport
