// Memory for large messages is used again, and a quiet connection gives it back.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/http2_names.hpp>
#include <grpcwire/transport/input_blocks.hpp>
#include <grpcwire/transport/memory_pool.hpp>
#include <grpcwire/transport/raw_frames.hpp>
#include <grpcwire/transport/session.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport {
namespace {

using tests::dialogue;
using tests::request_fields;
using tests::response_fields;

constexpr std::size_t large = 60'000;

dialogue& send_large(dialogue& d) {
  return d.act([&](session& s) {
    codec::buffer bytes(large);
    std::fill_n(bytes.data(), large, std::uint8_t{'x'});
    s.send_data(d.stream(0), std::move(bytes), false, true);
  });
}

TEST(session_memory, of_data_that_was_sent_is_used_again) {
  dialogue d(role::server);
  d.handshake({{http2::setting::initial_window_size, 1U << 20}})
      .receive(frames().headers(1, request_fields()))
      .send_headers(0, response_fields());
  EXPECT_EQ(d.session().spare_buffer(large).capacity(), 0U);
  send_large(d);
  EXPECT_EQ(d.session().spare_buffer(large).capacity(), large);
  EXPECT_EQ(d.session().spare_buffer(large).capacity(), 0U) << "there was one";
  d.end();
}

TEST(session_memory, is_given_back_when_it_is_not_used) {
  using namespace std::chrono_literals;
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields())).send_headers(0, response_fields());
  send_large(d).pass(5s);
  EXPECT_EQ(d.session().spare_buffer(large).capacity(), 0U);
  d.end();
}

TEST(session_memory, is_blocks_to_read_to_while_a_large_message_comes) {
  using namespace std::chrono_literals;
  dialogue d(role::server);
  d.handshake().receive(frames().headers(1, request_fields()));
  session& s = d.session();
  EXPECT_EQ(s.input_room(), nullptr);
  s.expect(d.stream(0), 1'000);
  EXPECT_EQ(s.input_room(), nullptr) << "too small to matter";
  s.expect(d.stream(0), 1'000'000);
  codec::input_block* const block = s.input_room();
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(s.input_room(), block) << "nothing refers to it";
  const codec::input_block_ref kept(*block);
  EXPECT_NE(s.input_room(), block);
  EXPECT_EQ(s.input_block(), nullptr);
  d.receive(frames().data(1, "abc"));
  EXPECT_EQ(s.input_room(), nullptr) << "nobody expects more";
  d.pass(5s);
  EXPECT_FALSE(kept.alone()) << "it is in use";
  d.end();
}

TEST(session_memory, wants_the_next_data_before_output_is_written) {
  dialogue d(role::server);
  d.handshake({{http2::setting::initial_window_size, 1U << 20}})
      .receive(frames().headers(1, request_fields()))
      .send_headers(0, response_fields())
      .hold_output(true);
  session& s = d.session();
  s.send_data(d.stream(0), codec::buffer(codec::as_bytes("abc")), false, true);
  EXPECT_FALSE(s.wants_more_data());
  EXPECT_FALSE(s.output().empty());
  EXPECT_TRUE(s.wants_more_data());
  while (s.poll_event() != nullptr) {
  }
  EXPECT_FALSE(s.wants_more_data()) << "who hears of it has nothing more";
  s.send_data(d.stream(0), codec::buffer(300'000), false, true);
  EXPECT_FALSE(s.output().empty());
  EXPECT_FALSE(s.wants_more_data()) << "the window of the connection took a part of it";
  d.hold_output(false).end();
}

TEST(session_memory, of_a_large_message_is_free_before_the_next_one_is_wanted) {
  dialogue d(role::server);
  d.handshake({{http2::setting::initial_window_size, 1U << 20}})
      .receive(frames().window_update(0, 1U << 20).headers(1, request_fields()))
      .send_headers(0, response_fields())
      .hold_output(true);
  session& s = d.session();
  s.send_data(d.stream(0), codec::buffer(50'000), false, true);
  EXPECT_FALSE(s.output().empty());
  EXPECT_TRUE(s.wants_more_data());
  s.send_data(d.stream(0), codec::buffer(200'000), false, true);
  EXPECT_FALSE(s.output().empty());
  EXPECT_FALSE(s.wants_more_data());
  d.hold_output(false).end();
}

TEST(input_blocks, are_used_again_and_not_without_end) {
  input_blocks blocks;
  std::vector<codec::input_block_ref> kept;
  while (codec::input_block* block = blocks.take()) kept.emplace_back(*block);
  EXPECT_EQ(kept.size(), input_blocks::count_max);
  codec::input_block* const freed = kept[7].get();
  kept.erase(kept.begin() + 7);
  EXPECT_EQ(blocks.take(), freed);
  blocks.clear();
  EXPECT_EQ(blocks.held_bytes(), kept.size() * codec::input_block::size);
  kept.clear();
  blocks.clear();
  EXPECT_TRUE(blocks.empty());
}

TEST(memory_pool, gives_zeros_when_asked) {
  memory_pool pool;
  for (const std::size_t size : {1U, 64U, 512U, 513U, 4096U}) {
    auto* dirty = static_cast<unsigned char*>(pool.allocate(size));
    std::fill_n(dirty, size, 0xff);
    pool.release(dirty);
    auto* zeroed = static_cast<unsigned char*>(pool.allocate_zeroed(1, size));
    EXPECT_TRUE(std::all_of(zeroed, zeroed + size, [](unsigned char c) { return c == 0; }));
    pool.release(zeroed);
  }
  EXPECT_EQ(pool.allocate_zeroed(SIZE_MAX / 2, 3), nullptr);
}

TEST(memory_pool, keeps_a_table_and_a_buffer_side_by_side) {
  memory_pool pool;
  auto* table = static_cast<unsigned char*>(pool.allocate_zeroed(256, 16));
  auto* buffer = static_cast<unsigned char*>(pool.allocate(16'394));
  EXPECT_LT(buffer, table);
  EXPECT_LE(buffer + 16'394, table);
  std::fill_n(buffer, 16'394, 0xff);
  EXPECT_EQ(std::count(table, table + 4096, 0), 4096);
  std::fill_n(table, 4096, 0xee);
  auto* larger = static_cast<unsigned char*>(pool.resize(table, 8'000));
  EXPECT_EQ(std::count(larger, larger + 4096, 0xee), 4096);
  auto* other = pool.allocate(16'394);
  EXPECT_NE(other, buffer);
  pool.release(buffer);
  EXPECT_EQ(pool.allocate(10'000), buffer);
  pool.release(buffer);
  pool.release(other);
  pool.release(larger);
}

TEST(session_memory, of_a_turn_with_many_streams_is_given_back) {
  dialogue d(role::server);
  d.handshake();
  raw_frames many = frames();
  for (std::uint32_t i = 0; i < 100; ++i) many.headers(2 * i + 1, request_fields());
  d.receive(many);
  for (std::uint32_t i = 0; i < 100; ++i)
    d.expect_event("headers_received " + std::to_string(2 * i + 1));
  d.end();
}

}  // namespace
}  // namespace grpcwire::transport
