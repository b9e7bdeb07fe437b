// Recycled memory: what is kept, for whom, and how much of it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/recycled_memory.hpp>

namespace grpcwire::codec {
namespace {

class BlockCache : public testing::Test {
 protected:
  BlockCache() { cache_.open(); }
  ~BlockCache() override { cache_.close(); }
  static void* fresh(std::size_t size) { return ::operator new(block_cache::rounded(size)); }

  block_cache cache_;
};

TEST_F(BlockCache, GivesABlockOutAgainToWhoNeedsAboutAsMuch) {
  EXPECT_EQ(cache_.take(100), nullptr);
  void* const block = fresh(100);
  ASSERT_TRUE(cache_.give(block, 100));
  EXPECT_EQ(cache_.take(64), nullptr);
  EXPECT_EQ(cache_.take(129), nullptr);
  ASSERT_EQ(cache_.take(128), block);
  EXPECT_EQ(cache_.take(128), nullptr);
  ::operator delete(block);
}

TEST_F(BlockCache, BlocksAreAsLargeAsAnyoneMayTakeThemFor) {
  for (const std::size_t size : {0U, 1U, 64U, 65U, 2047U, 2048U}) {
    EXPECT_GE(block_cache::rounded(size), size);
    void* const block = fresh(size);
    ASSERT_TRUE(cache_.give(block, size));
    void* const again = cache_.take(block_cache::rounded(size));
    ASSERT_EQ(again, block);
    std::memset(again, 1, block_cache::rounded(size));
    ::operator delete(again);
  }
}

TEST_F(BlockCache, LargeBlocksAreNotKept) {
  void* const block = fresh(block_cache::size_max + 1);
  EXPECT_FALSE(cache_.give(block, block_cache::size_max + 1));
  EXPECT_EQ(cache_.take(block_cache::size_max + 1), nullptr);
  ::operator delete(block);
}

TEST_F(BlockCache, NoMoreIsKeptThanTheLimit) {
  std::size_t kept = 0;
  for (;;) {
    void* const block = fresh(2048);
    if (!cache_.give(block, 2048)) {
      ::operator delete(block);
      break;
    }
    kept += 2048;
    ASSERT_LE(kept, block_cache::kept_max);
  }
  EXPECT_EQ(kept, block_cache::kept_max);
  cache_.clear();
  EXPECT_EQ(cache_.take(2048), nullptr);
}

TEST_F(BlockCache, ThatIsClosedKeepsNothing) {
  ASSERT_TRUE(cache_.give(fresh(64), 64));
  cache_.close();
  EXPECT_EQ(cache_.take(64), nullptr);
  void* const block = fresh(64);
  EXPECT_FALSE(cache_.give(block, 64));
  ::operator delete(block);
  block_cache never_opened;
  void* const other = fresh(64);
  EXPECT_FALSE(never_opened.give(other, 64));
  ::operator delete(other);
}

TEST(RecycledMemory, MayBeGivenBackOnAnotherThread) {
  void* const first = take_block(200);
  std::thread([first] {
    give_block(first, 200);
    void* const second = take_block(200);
    give_block(second, 200);
  }).join();
  std::vector<int, recycling_allocator<int>> numbers(50, 1);
  numbers.resize(5000, 2);
  EXPECT_EQ(numbers.front(), 1);
  EXPECT_EQ(numbers.back(), 2);
}

TEST(RecycledMemory, ThatIsKeptCanBeFreed) {
  give_block(take_block(300), 300);
  free_kept_blocks();
  free_kept_blocks();
  give_block(take_block(300), 300);
}

struct recycled_base : recycled {
  virtual ~recycled_base() = default;
};
struct recycled_child final : recycled_base {
  std::array<char, 300> more{};
};
struct alignas(128) recycled_aligned final : recycled_base {};

TEST(RecycledMemory, ObjectsAreFreedByTheirOwnSizeAndAlignment) {
  for (int i = 0; i < 3; ++i) {
    std::unique_ptr<recycled_base> child = std::make_unique<recycled_child>();
    const std::unique_ptr<recycled_base> aligned = std::make_unique<recycled_aligned>();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned.get()) % 128, 0U);
    child.reset();
  }
}

}  // namespace
}  // namespace grpcwire::codec
