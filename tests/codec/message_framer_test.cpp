// Length-prefixed messages at every split point, their limits and their memory.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/message_framer.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

std::string prefix(std::size_t length, std::uint8_t flag = 0) {
  std::uint8_t bytes[message_prefix_size];
  write_prefix(bytes, false, static_cast<std::uint32_t>(length));
  bytes[0] = flag;
  return std::string(as_text(bytes));
}

std::string framed(std::string_view payload, std::uint8_t flag = 0) {
  return prefix(payload.size(), flag).append(payload);
}

bool inside(const_bytes part, std::string_view whole) {
  const const_bytes bytes = as_bytes(whole);
  return part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size();
}

TEST(message_prefix, is_a_flag_and_a_big_endian_length) {
  std::uint8_t bytes[message_prefix_size];
  write_prefix(bytes, true, 0x01020304);
  EXPECT_EQ(as_text(bytes), std::string_view("\1\1\2\3\4", 5));
  write_prefix(bytes, false, 0xfffefdfc);
  EXPECT_EQ(as_text(bytes), std::string_view("\0\xff\xfe\xfd\xfc", 5));
}

TEST(message_framer, needs_more_before_anything_was_fed) {
  message_framer framer(100);
  EXPECT_EQ(framer.next(), framer_result::need_more);
  framer.feed({});
  EXPECT_EQ(framer.next(), framer_result::need_more);
  EXPECT_FALSE(framer.mid_message());
  EXPECT_EQ(framer.expected_bytes(), 0U);
}

TEST(message_framer, gives_a_view_of_a_message_that_came_whole) {
  message_framer framer(100);
  const std::string bytes = framed("hello", 1);
  framer.feed(as_bytes(bytes));
  ASSERT_EQ(framer.next(), framer_result::message);
  EXPECT_EQ(as_text(framer.payload()), "hello");
  EXPECT_TRUE(inside(framer.payload(), bytes));
  EXPECT_TRUE(framer.compressed());
  EXPECT_EQ(framer.flag(), 1);
  EXPECT_EQ(framer.declared_length(), 5U);
  EXPECT_FALSE(framer.mid_message());
  EXPECT_EQ(framer.next(), framer_result::need_more);
  EXPECT_EQ(framer.held_memory(), 0U);
}

TEST(message_framer, delivers_messages_of_no_bytes) {
  message_framer framer(0);
  const std::string bytes = framed("") + framed("", 1);
  framer.feed(as_bytes(bytes));
  EXPECT_EQ(framer.next(), framer_result::message);
  EXPECT_FALSE(framer.compressed());
  EXPECT_TRUE(framer.payload().empty());
  EXPECT_EQ(framer.next(), framer_result::message);
  EXPECT_TRUE(framer.compressed());
  EXPECT_EQ(framer.next(), framer_result::need_more);
}

TEST(message_framer, keeps_a_split_prefix_until_it_is_whole) {
  const std::string bytes = framed("hello");
  for (std::size_t cut = 0; cut < message_prefix_size; ++cut) {
    message_framer framer(100);
    framer.feed(as_bytes(bytes).first(cut));
    ASSERT_EQ(framer.next(), framer_result::need_more);
    EXPECT_EQ(framer.mid_message(), cut > 0);
    EXPECT_EQ(framer.expected_bytes(), cut == 0 ? 0 : message_prefix_size - cut);
    framer.feed(as_bytes(bytes).subspan(cut));
    ASSERT_EQ(framer.next(), framer_result::message);
    EXPECT_EQ(as_text(framer.payload()), "hello");
    EXPECT_TRUE(inside(framer.payload(), bytes)) << "a whole payload needs no copy";
    EXPECT_FALSE(framer.mid_message());
  }
}

TEST(message_framer, collects_a_split_payload) {
  const std::string bytes = framed("hello");
  for (std::size_t cut = message_prefix_size; cut < bytes.size(); ++cut) {
    message_framer framer(100);
    framer.feed(as_bytes(bytes).first(cut));
    ASSERT_EQ(framer.next(), framer_result::need_more);
    EXPECT_TRUE(framer.mid_message());
    EXPECT_EQ(framer.expected_bytes(), bytes.size() - cut);
    framer.feed(as_bytes(bytes).subspan(cut));
    ASSERT_EQ(framer.next(), framer_result::message);
    EXPECT_EQ(as_text(framer.payload()), "hello");
    EXPECT_FALSE(framer.mid_message());
    EXPECT_EQ(framer.expected_bytes(), 0U);
    EXPECT_EQ(framer.next(), framer_result::need_more);
  }
}

TEST(message_framer, finds_the_same_messages_however_the_bytes_are_cut_in_three) {
  const std::vector<std::string> payloads = {"", "a", "hello", "", "0123456789abcdef", "xyz"};
  std::string bytes;
  for (const auto& payload : payloads) bytes += framed(payload, payload.size() % 2);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      message_framer framer(100);
      std::vector<std::string> found;
      for (const auto& [begin, end] :
           {std::pair{std::size_t{0}, first}, {first, second}, {second, bytes.size()}}) {
        // A copy that dies at once: nothing may be read from it after need_more.
        const std::string piece = bytes.substr(begin, end - begin);
        framer.feed(as_bytes(piece));
        framer_result got = framer.next();
        for (; got == framer_result::message; got = framer.next()) {
          EXPECT_EQ(framer.compressed(), framer.payload().size() % 2 == 1);
          found.emplace_back(as_text(framer.payload()));
        }
        ASSERT_EQ(got, framer_result::need_more);
      }
      ASSERT_EQ(found, payloads) << first << " " << second;
      ASSERT_FALSE(framer.mid_message());
    }
  }
}

TEST(message_framer, moves_a_collected_message_out) {
  message_framer framer(100);
  const std::string bytes = framed("hello") + framed("world");
  framer.feed(as_bytes(bytes).first(7));
  ASSERT_EQ(framer.next(), framer_result::need_more);
  framer.feed(as_bytes(bytes).subspan(7));
  ASSERT_EQ(framer.next(), framer_result::message);
  const std::uint8_t* const where = framer.payload().data();
  const buffer taken = framer.take();
  EXPECT_EQ(taken.data(), where) << "moved, not copied";
  EXPECT_EQ(as_text(taken.view()), "hello");
  EXPECT_TRUE(framer.payload().empty());
  ASSERT_EQ(framer.next(), framer_result::message);
  EXPECT_EQ(as_text(framer.payload()), "world");
}

TEST(message_framer, copies_a_viewed_message_out) {
  message_framer framer(100);
  const std::string bytes = framed("hello");
  framer.feed(as_bytes(bytes));
  ASSERT_EQ(framer.next(), framer_result::message);
  const buffer taken = framer.take();
  EXPECT_FALSE(inside(taken.view(), bytes));
  EXPECT_EQ(as_text(taken.view()), "hello");
  EXPECT_TRUE(framer.take().empty());
}

TEST(message_framer, does_not_take_an_older_collected_message_for_a_viewed_one) {
  message_framer framer(100);
  const std::string bytes = framed("hello") + framed("world");
  framer.feed(as_bytes(bytes).first(7));
  ASSERT_EQ(framer.next(), framer_result::need_more);
  framer.feed(as_bytes(bytes).subspan(7));
  ASSERT_EQ(framer.next(), framer_result::message);
  ASSERT_EQ(framer.next(), framer_result::message);
  EXPECT_EQ(as_text(framer.take().view()), "world");
}

TEST(message_framer, reports_a_bad_flag_at_every_split_and_stays_failed) {
  for (const int flag : {2, 3, 127, 128, 255}) {
    const std::string bytes = framed("hello", static_cast<std::uint8_t>(flag));
    for (std::size_t cut = 0; cut <= message_prefix_size; ++cut) {
      message_framer framer(100);
      framer.feed(as_bytes(bytes).first(cut));
      if (cut < message_prefix_size) {
        ASSERT_EQ(framer.next(), framer_result::need_more);
        framer.feed(as_bytes(bytes).subspan(cut));
      }
      ASSERT_EQ(framer.next(), framer_result::bad_flag);
      EXPECT_EQ(framer.flag(), flag);
      EXPECT_FALSE(framer.compressed());
      const std::string good = framed("x");
      framer.feed(as_bytes(good));
      EXPECT_EQ(framer.next(), framer_result::bad_flag);
      EXPECT_TRUE(framer.payload().empty());
      EXPECT_FALSE(framer.mid_message());
      EXPECT_EQ(framer.expected_bytes(), 0U);
    }
  }
}

TEST(message_framer, reports_an_oversize_message_by_its_prefix_alone) {
  for (const std::uint32_t length : {101U, 4'194'305U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    message_framer framer(100);
    const std::string bytes = prefix(length);
    framer.feed(as_bytes(bytes));
    ASSERT_EQ(framer.next(), framer_result::too_large) << length;
    EXPECT_EQ(framer.declared_length(), length);
    EXPECT_EQ(framer.held_memory(), 0U);
    EXPECT_EQ(framer.next(), framer_result::too_large);
  }
}

TEST(message_framer, refuses_an_oversize_message_that_lies_whole_in_the_input) {
  message_framer framer(4);
  const std::string bytes = framed("good") + framed("hello") + framed("x");
  framer.feed(as_bytes(bytes));
  EXPECT_EQ(framer.next(), framer_result::message);
  EXPECT_EQ(framer.next(), framer_result::too_large);
  EXPECT_EQ(framer.next(), framer_result::too_large);
}

TEST(message_framer, accepts_the_largest_length_when_the_limit_allows_it) {
  message_framer framer(0xffffffff);
  const std::string bytes = prefix(0xffffffff) + "x";
  framer.feed(as_bytes(bytes));
  EXPECT_EQ(framer.next(), framer_result::need_more);
  EXPECT_EQ(framer.expected_bytes(), 0xfffffffeU);
  EXPECT_LE(framer.held_memory(), 64U * 1024) << "a prefix is a promise, not memory";
}

struct collected {
  std::size_t growths = 0;
  bool memory_follows = true;
  buffer message;
};

collected collect(std::size_t size, std::size_t piece_size) {
  message_framer framer(size);
  const std::string head = prefix(size);
  framer.feed(as_bytes(head));
  collected result;
  std::string piece(piece_size, 'x');
  std::size_t memory = 0;
  std::size_t sent = 0;
  framer_result got = framer.next();
  while (got == framer_result::need_more) {
    piece.back() = static_cast<char>(sent / piece_size);
    framer.feed(as_bytes(piece));
    sent += piece_size;
    got = framer.next();
    if (framer.held_memory() != memory) ++result.growths;
    memory = framer.held_memory();
    if (memory > std::max<std::size_t>(64 * 1024, 2 * sent)) result.memory_follows = false;
  }
  EXPECT_EQ(got, framer_result::message);
  result.message = framer.take();
  return result;
}

TEST(message_framer, grows_by_doubling_in_small_and_in_large_pieces) {
  for (const auto& [size, piece] :
       {std::pair{64 * mebibyte, std::size_t{16 * 1024}}, {2 * mebibyte, std::size_t{1}}}) {
    const collected result = collect(size, piece);
    EXPECT_EQ(result.message.size(), size);
    EXPECT_EQ(result.message.capacity(), size) << "never above the declared length";
    EXPECT_LE(result.growths, 12U) << "bytes are moved a constant number of times";
    EXPECT_TRUE(result.memory_follows);
    bool good = true;
    for (std::size_t i = piece - 1; i < size; i += piece) {
      good = good && result.message.data()[i] == static_cast<std::uint8_t>(i / piece);
    }
    EXPECT_TRUE(good) << "each piece is in its place";
  }
}

TEST(message_framer, gives_up_large_memory_when_it_falls_idle) {
  message_framer framer(mebibyte);
  const std::string large = framed(std::string(mebibyte, 'x'));
  const std::string middle = framed(std::string(1000, 'y'));
  for (const auto& [bytes, kept] : {std::pair{&large, std::size_t{0}}, {&middle, 1000}}) {
    framer.feed(as_bytes(*bytes).first(500));
    ASSERT_EQ(framer.next(), framer_result::need_more);
    framer.feed(as_bytes(*bytes).subspan(500));
    ASSERT_EQ(framer.next(), framer_result::message);
    EXPECT_EQ(framer.payload().size() + message_prefix_size, bytes->size());
    ASSERT_EQ(framer.next(), framer_result::need_more);
    EXPECT_EQ(framer.held_memory(), kept);
  }
}

}  // namespace
}  // namespace grpcwire::codec
