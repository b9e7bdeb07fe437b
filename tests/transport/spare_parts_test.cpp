// What sessions of a thread lend each other.
#include <cstddef>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <grpcwire/codec/recycled_memory.hpp>
#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/spare_parts.hpp>
#include <grpcwire/transport/stream.hpp>
#include <grpcwire/transport/turn_memory.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

class spare_parts : public testing::Test {
 protected:
  void SetUp() override {
    if (!codec::recycles) GTEST_SKIP() << "nothing is lent under AddressSanitizer";
    free_spare_parts();
  }
};

TEST_F(spare_parts, a_stream_comes_without_its_past) {
  auto used = take_stream();
  stream* const was = used.get();
  used->owner = this;
  used->state = stream_state::open;
  used->queued_bytes = 5;
  used->data.emplace_back(std::size_t{5});
  give_back(std::move(used));
  const auto again = take_stream();
  ASSERT_EQ(again.get(), was);
  EXPECT_EQ(again->owner, nullptr);
  EXPECT_EQ(again->state, stream_state::free);
  EXPECT_EQ(again->queued_bytes, 0U);
  EXPECT_TRUE(again->data.empty());
}

TEST_F(spare_parts, a_stream_with_a_long_list_is_not_kept) {
  auto used = take_stream();
  used->data.reserve(1000);
  give_back(std::move(used));
  EXPECT_EQ(take_stream()->data.capacity(), 0U);
}

TEST_F(spare_parts, the_memory_of_a_turn_comes_empty_and_with_its_room) {
  auto used = take_turn_memory();
  used->raised.resize(100);
  used->next_batch();
  used->next = used->polled.data() + used->polled.size();
  used->fields.resize(100);
  give_back(std::move(used));
  const auto again = take_turn_memory();
  EXPECT_FALSE(again->has_events());
  EXPECT_TRUE(again->fields.empty());
  EXPECT_GE(again->fields.capacity(), 100U);
}

TEST_F(spare_parts, the_memory_of_a_storm_is_not_kept) {
  for (const bool of_events : {true, false}) {
    auto used = take_turn_memory();
    if (of_events) {
      used->raised.resize(5000);
      used->next_batch();
      used->next = used->polled.data() + used->polled.size();
    } else {
      used->fields.resize(5000);
    }
    give_back(std::move(used));
    const auto again = take_turn_memory();
    EXPECT_EQ(again->polled.capacity(), 0U);
    EXPECT_EQ(again->fields.capacity(), 0U);
  }
}

TEST_F(spare_parts, may_be_given_back_on_another_thread) {
  auto used = take_stream();
  std::thread([&used] {
    give_back(std::move(used));  // this thread has lent nothing yet, and keeps nothing
    give_back(take_stream());
  }).join();
  EXPECT_EQ(used, nullptr);
}

// A block that is cut in two must find its first half where it was.
TEST_F(spare_parts, are_not_mixed_up_by_connections_that_take_turns) {
  tests::dialogue first(role::server);
  tests::dialogue second(role::server);
  first.handshake();
  second.handshake();
  const raw_frames block = raw_frames().headers(1, tests::request_fields("/first/Half"),
                                                http2::flag::end_headers | http2::flag::end_stream);
  const codec::const_bytes bytes = block;
  first.receive(bytes.first(bytes.size() / 2)).expect_no_event();
  second.receive(raw_frames().headers(1, tests::request_fields("/second/Whole"),
                                      http2::flag::end_headers | http2::flag::end_stream));
  second.expect_event("headers_received 1 end :method=POST :scheme=http :path=/second/Whole");
  first.receive(bytes.subspan(bytes.size() / 2));
  first.expect_event("headers_received 1 end :method=POST :scheme=http :path=/first/Half");
  first.end();
  second.end();
}

}  // namespace
}  // namespace grpcwire::transport
