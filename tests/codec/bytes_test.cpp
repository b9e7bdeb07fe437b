// Views and the owned block of bytes.
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::codec {
namespace {

static_assert(!std::is_copy_constructible_v<buffer> && !std::is_copy_assignable_v<buffer>);
static_assert(std::is_nothrow_move_constructible_v<buffer>);

TEST(bytes, change_between_text_and_octets_without_a_copy) {
  const std::string text = "a\xff";
  const const_bytes bytes = as_bytes(text);
  ASSERT_EQ(bytes.size(), 2U);
  EXPECT_EQ(bytes[1], 0xff);
  EXPECT_EQ(as_text(bytes), text);
  EXPECT_EQ(static_cast<const void*>(as_text(bytes).data()), text.data());
  EXPECT_TRUE(as_bytes("").empty());
  EXPECT_TRUE(as_text({}).empty());
}

TEST(buffer, is_empty_at_first_and_owns_no_memory) {
  const buffer empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(empty.size(), 0U);
  EXPECT_EQ(empty.capacity(), 0U);
  EXPECT_EQ(empty.data(), nullptr);
  EXPECT_TRUE(empty.view().empty());
  EXPECT_EQ(buffer(const_bytes()).data(), nullptr);
}

TEST(buffer, copies_what_it_is_given) {
  std::string text = "hello";
  const buffer copy(as_bytes(text));
  text[0] = 'j';
  const const_bytes view = copy;
  EXPECT_EQ(as_text(view), "hello");
}

TEST(buffer, appends_and_keeps_what_it_had_while_growing) {
  buffer block;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    block.append(piece);
    expected += piece;
  }
  EXPECT_EQ(as_text(block.view()), expected);
  EXPECT_GE(block.capacity(), block.size());
}

TEST(buffer, grows_at_least_twofold) {
  buffer block(100);
  block.resize(101);
  EXPECT_EQ(block.capacity(), 200U);
  block.resize(1000);
  EXPECT_EQ(block.capacity(), 1000U);
}

TEST(buffer, reserves_exactly_and_keeps_its_content) {
  buffer block(as_bytes("abc"));
  block.reserve(50);
  EXPECT_EQ(block.capacity(), 50U);
  EXPECT_EQ(as_text(block.view()), "abc");
  block.reserve(10);
  EXPECT_EQ(block.capacity(), 50U);
}

TEST(buffer, keeps_its_memory_when_cleared_or_made_smaller) {
  buffer block(as_bytes("abcdef"));
  const std::uint8_t* const where = block.data();
  block.resize(3);
  EXPECT_EQ(as_text(block.view()), "abc");
  block.clear();
  EXPECT_TRUE(block.empty());
  block.append("xyz");
  EXPECT_EQ(block.data(), where);
  EXPECT_EQ(block.capacity(), 6U);
}

TEST(buffer, moves_and_leaves_an_empty_one_behind) {
  buffer from(as_bytes("abc"));
  const std::uint8_t* const where = from.data();
  buffer to = std::move(from);
  EXPECT_EQ(to.data(), where);
  EXPECT_EQ(as_text(to.view()), "abc");
  EXPECT_EQ(from.size(), 0U);
  EXPECT_EQ(from.capacity(), 0U);
  from.append("again");
  EXPECT_EQ(as_text(from.view()), "again");
  to = std::move(from);
  EXPECT_EQ(as_text(to.view()), "again");
  EXPECT_TRUE(from.empty());
}

}  // namespace
}  // namespace grpcwire::codec
