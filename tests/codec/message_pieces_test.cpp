// Large messages stay where they were read to; memory that was used for them is used again.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/message_framer.hpp>
#include <grpcwire/codec/message_pieces.hpp>
#include <grpcwire/codec/spare_buffers.hpp>

namespace grpcwire::codec {
namespace {

std::string patterned(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

std::string with_prefix(std::string_view payload) {
  std::string text(message_prefix_size, '\0');
  write_prefix(reinterpret_cast<std::uint8_t*>(text.data()), false,
               static_cast<std::uint32_t>(payload.size()));
  return text.append(payload);
}

/// Bytes in blocks, as a connection reads them.
struct blocks_of {
  blocks_of(std::string_view bytes, std::size_t per_block) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, per_block);
      bytes.remove_prefix(part.size());
      blocks.push_back(input_block_ref::make());
      std::copy(part.begin(), part.end(), blocks.back().get()->bytes.begin());
      parts.emplace_back(blocks.back().get()->bytes.data(), part.size());
    }
  }
  std::vector<input_block_ref> blocks;
  std::vector<const_bytes> parts;
};

std::string gathered_text(const message_pieces& pieces) {
  buffer whole;
  pieces.view().append_to(whole);
  return std::string(as_text(whole));
}

TEST(message_in_pieces, stays_in_the_blocks_it_was_read_to) {
  const std::string payload = patterned(300'000);
  const blocks_of input(with_prefix(payload), input_block::size);
  message_framer framer(1U << 20);
  for (std::size_t i = 0; i < input.parts.size(); ++i) {
    framer.feed(input.parts[i], input.blocks[i].get());
    const framer_result result = framer.next();
    if (i + 1 < input.parts.size()) {
      ASSERT_EQ(result, framer_result::need_more);
      EXPECT_EQ(framer.collected_bytes(), (i + 1) * input_block::size - message_prefix_size);
      EXPECT_EQ(framer.expected_bytes(), payload.size() - framer.collected_bytes());
    } else {
      ASSERT_EQ(result, framer_result::message);
    }
  }
  EXPECT_TRUE(framer.payload().empty());
  ASSERT_NE(framer.pieces(), nullptr);
  EXPECT_EQ(gathered_text(*framer.pieces()), payload);
  for (std::size_t i = 0; i < input.blocks.size(); ++i) {
    EXPECT_FALSE(input.blocks[i].alone());
    EXPECT_TRUE(input.blocks[i].get()->contains(framer.pieces()->view().pieces[i]));
  }
  EXPECT_FALSE(framer.idle());
  EXPECT_EQ(framer.next(), framer_result::need_more);
  EXPECT_TRUE(framer.idle());
  EXPECT_TRUE(std::ranges::all_of(input.blocks, [](const auto& b) { return b.alone(); }));
  EXPECT_EQ(framer.held_memory(), 0U);
}

TEST(message_in_pieces, is_whole_at_any_cut_and_with_or_without_blocks) {
  const std::string payload = patterned(70'001);
  const std::string bytes = with_prefix("small") + with_prefix(payload) + with_prefix(payload);
  for (const std::size_t cut : {1'000U, 4'096U, 16'393U, 33'000U, 65'536U}) {
    for (const unsigned kept : {0b1111'1111U, 0b0101'0101U, 0b0001'1110U, 0U}) {
      const blocks_of input(bytes, cut);
      message_framer framer(1U << 20);
      std::vector<std::string> messages;
      for (std::size_t i = 0; i < input.parts.size(); ++i) {
        const bool keeps = (kept >> (i % 8) & 1U) != 0;
        framer.feed(input.parts[i], keeps ? input.blocks[i].get() : nullptr);
        while (framer.next() == framer_result::message) {
          messages.push_back(framer.pieces() != nullptr ? gathered_text(*framer.pieces())
                                                        : std::string(as_text(framer.payload())));
        }
        // Without being kept the bytes are gone.
        if (!keeps) std::ranges::fill(input.blocks[i].get()->bytes, std::uint8_t{0});
      }
      EXPECT_EQ(messages, (std::vector<std::string>{"small", payload, payload})) << cut << kept;
    }
  }
}

TEST(message_in_pieces, does_not_keep_a_block_for_a_few_bytes) {
  const blocks_of input(with_prefix(patterned(100'000)).substr(0, 3'000), 1'000);
  message_framer framer(1U << 20);
  for (std::size_t i = 0; i < input.parts.size(); ++i) {
    framer.feed(input.parts[i], input.blocks[i].get());
    ASSERT_EQ(framer.next(), framer_result::need_more);
    EXPECT_TRUE(input.blocks[i].alone());
  }
  EXPECT_EQ(framer.collected_bytes(), 2'995U);
  EXPECT_LE(framer.held_memory(), 8'192U);
}

TEST(message_in_pieces, can_be_taken_as_one_buffer) {
  const std::string payload = patterned(90'000);
  const blocks_of input(with_prefix(payload), 50'000);
  message_framer framer(1U << 20);
  framer.feed(input.parts[0], input.blocks[0].get());
  ASSERT_EQ(framer.next(), framer_result::need_more);
  framer.feed(input.parts[1], input.blocks[1].get());
  ASSERT_EQ(framer.next(), framer_result::message);
  EXPECT_EQ(as_text(framer.take().view()), payload);
  EXPECT_EQ(framer.next(), framer_result::need_more);
}

TEST(input_block, outlives_the_connection_that_read_to_it) {
  auto input = std::make_unique<blocks_of>(with_prefix(patterned(100'000)), 50'000);
  message_framer framer(1U << 20);
  framer.feed(input->parts[0], input->blocks[0].get());
  ASSERT_EQ(framer.next(), framer_result::need_more);
  input.reset();
  EXPECT_EQ(framer.collected_bytes(), 49'995U);
}

TEST(spare_buffers, give_out_what_fits) {
  spare_buffers spares;
  EXPECT_EQ(spares.take(1U << 20).capacity(), 0U);
  spares.give(buffer(100'000));
  EXPECT_EQ(spares.take(100'001).capacity(), 0U) << "too small";
  EXPECT_EQ(spares.take(20'000).capacity(), 0U) << "much too large";
  buffer taken = spares.take(90'000);
  EXPECT_EQ(taken.capacity(), 100'000U);
  EXPECT_TRUE(taken.empty());
  EXPECT_TRUE(spares.empty());
}

TEST(spare_buffers, keep_no_more_than_they_may) {
  spare_buffers spares;
  spares.give(buffer(spare_buffers::size_min - 1));
  spares.give(buffer(spare_buffers::kept_max + 1));
  EXPECT_TRUE(spares.empty());
  for (std::size_t i = 0; i < 20; ++i) {
    spares.give(buffer(i % 3 == 0 ? spare_buffers::kept_max / 2 : 100'000 + i));
    EXPECT_LE(spares.kept_bytes(), spare_buffers::kept_max);
  }
  // The newest is there.
  EXPECT_NE(spares.take(100'019).capacity(), 0U);
  spares.clear();
  EXPECT_TRUE(spares.empty());
}

}  // namespace
}  // namespace grpcwire::codec
