// Bytes come out in order, owners live as long as they must, and nothing is kept for ever.
#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/transport/output_queue.hpp>

#include "tests/support/random_source.hpp"

namespace grpcwire::transport {
namespace {

std::string text_of(output_queue& queue) {
  std::string text;
  for (const codec::const_bytes block : queue.blocks()) text += codec::as_text(block);
  return text;
}

TEST(output_queue, joins_what_is_copied) {
  output_queue queue;
  EXPECT_TRUE(queue.blocks().empty());
  queue.append(codec::as_bytes("one"));
  queue.append(codec::as_bytes(""));
  queue.append(codec::as_bytes("two"));
  EXPECT_EQ(queue.blocks().size(), 1U);
  EXPECT_EQ(text_of(queue), "onetwo");
  queue.consume(4);
  EXPECT_EQ(text_of(queue), "wo");
  EXPECT_EQ(queue.size(), 2U);
  queue.consume(2);
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.blocks().empty());
}

TEST(output_queue, keeps_order_between_copies_and_references) {
  const std::string large = "LARGE";
  output_queue queue;
  queue.append(codec::as_bytes("a"));
  queue.append_reference(codec::as_bytes(large));
  queue.append(codec::as_bytes("b"));
  queue.append(codec::as_bytes("c"));
  EXPECT_EQ(queue.blocks().size(), 3U);
  EXPECT_EQ(queue.blocks()[1].data(), codec::as_bytes(large).data());
  EXPECT_EQ(text_of(queue), "aLARGEbc");
  queue.consume(3);
  EXPECT_EQ(text_of(queue), "RGEbc");
  queue.append(codec::as_bytes("d"));
  EXPECT_EQ(text_of(queue), "RGEbcd");
}

TEST(output_queue, does_not_join_with_what_is_consumed) {
  output_queue queue;
  queue.append(codec::as_bytes("ab"));
  queue.append_reference(codec::as_bytes("R"));
  queue.consume(2);
  queue.append(codec::as_bytes("c"));
  EXPECT_EQ(text_of(queue), "Rc");
  queue.consume(1);
  queue.append(codec::as_bytes("d"));
  EXPECT_EQ(text_of(queue), "cd");
}

TEST(output_queue, gives_no_more_blocks_than_a_system_call_takes) {
  output_queue queue;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    queue.append(codec::as_bytes("x"));
    queue.append_reference(codec::as_bytes("y"));
    expected += "xy";
  }
  std::string seen;
  while (!queue.empty()) {
    EXPECT_LE(queue.blocks().size(), output_queue::block_count_max);
    const std::string part = text_of(queue);
    seen += part;
    queue.consume(part.size());
  }
  EXPECT_EQ(seen, expected);
}

TEST(output_queue, frees_an_owner_when_its_bytes_are_gone) {
  // The sanitizers see a use after free and a leak; here it is about the order only.
  output_queue queue;
  codec::buffer owner(codec::as_bytes(std::string(5000, 'o')));
  const auto view = owner.view();
  queue.append(codec::as_bytes("head"));
  queue.append_reference(view);
  queue.retire(std::move(owner));
  queue.append(codec::as_bytes("behind"));
  queue.consume(4 + 4999);
  EXPECT_EQ(text_of(queue), "obehind");
  queue.consume(1);
  EXPECT_EQ(text_of(queue), "behind");
}

TEST(output_queue, gives_the_same_bytes_whatever_is_done) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    tests::random_source random(seed);
    output_queue queue;
    std::string expected;
    // Never empty from some moment on, as behind a slow network.
    for (int i = 0; i < 2000; ++i) {
      if (random.chance(60)) {
        const std::string bytes = random.bytes(random.size(9000));
        expected += bytes;
        if (bytes.size() >= output_queue::by_reference_min) {
          codec::buffer owner(codec::as_bytes(bytes));
          const std::size_t cut = random.below(bytes.size());
          queue.append_reference(owner.view().first(cut));
          queue.append_reference(owner.view().subspan(cut));
          queue.retire(std::move(owner));
        } else {
          queue.append(codec::as_bytes(bytes));
        }
      } else if (queue.size() > 1) {
        const std::string seen = text_of(queue);
        ASSERT_EQ(expected.compare(0, seen.size(), seen), 0) << seed;
        const std::size_t part = random.between(1, std::min(seen.size(), queue.size() - 1));
        queue.consume(part);
        expected.erase(0, part);
      }
      ASSERT_EQ(queue.size(), expected.size()) << seed;
    }
  }
}

TEST(output_queue, does_not_grow_while_it_is_never_empty) {
  output_queue queue;
  const std::string piece(1000, 'x');
  for (int i = 0; i < 20; ++i) queue.append(codec::as_bytes(piece));
  for (int i = 0; i < 20'000; ++i) {
    queue.append(codec::as_bytes(piece));
    queue.append_reference(codec::as_bytes("y"));
    queue.consume(1001 - (i == 0 ? 1U : 0U));
    ASSERT_LE(queue.held_memory(), 256U * 1024);
  }
}

}  // namespace
}  // namespace grpcwire::transport
