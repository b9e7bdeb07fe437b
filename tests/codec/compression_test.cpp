// Codings, sets of codings, and what a hostile or broken compressed message may do: nothing.
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/compression.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

// Written by another implementation.
const std::vector<std::uint8_t> hello_gzip = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9,
    0xc9, 0x57, 0xc8, 0x40, 0x90, 0x00, 0x80, 0x88, 0xf9, 0xe5, 0x11, 0x00, 0x00, 0x00};
const std::vector<std::uint8_t> hello_zlib = {0x78, 0x9c, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57,
                                              0xc8, 0x40, 0x90, 0x00, 0x3a, 0x2e, 0x06, 0x7d};
const std::vector<std::uint8_t> hello_bare = {0xcb, 0x48, 0xcd, 0xc9, 0xc9,
                                              0x57, 0xc8, 0x40, 0x90, 0x00};
const std::vector<std::uint8_t> hi_gzip_with_file_name = {
    0x1f, 0x8b, 0x08, 0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x6e, 0x61, 0x6d, 0x65,
    0x00, 0xcb, 0xc8, 0x04, 0x00, 0xac, 0x2a, 0x93, 0xd8, 0x02, 0x00, 0x00, 0x00};
const std::vector<std::uint8_t> zlib_with_dictionary = {0x78, 0xbb, 0x06, 0x2c, 0x02, 0x15,
                                                        0xcb, 0x00, 0x11, 0x0a, 0x60, 0x12,
                                                        0x00, 0x19, 0x91, 0x04, 0x49};
constexpr std::string_view hello = "hello hello hello";

const std::vector<encoding> all = {encoding::identity, encoding::gzip, encoding::deflate};
const std::vector<encoding> real = {encoding::gzip, encoding::deflate};

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, 0);
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string compressed(encoding coding, std::string_view plain, int level = -1) {
  auto data = compress(coding, as_bytes(plain), level);
  EXPECT_TRUE(data);
  return std::string(as_text(data->view()));
}

/// The message, or a word for the error.
std::string outcome(encoding coding, const_bytes data, std::size_t max_size = unlimited) {
  const auto message = decompress(coding, data, max_size);
  if (message) return std::string(as_text(message->view()));
  return message.error() == compression_error::corrupt ? "<corrupt>" : "<too large>";
}

TEST(encoding, has_a_name_both_ways) {
  EXPECT_EQ(name(encoding::identity), "identity");
  EXPECT_EQ(name(encoding::gzip), "gzip");
  EXPECT_EQ(name(encoding::deflate), "deflate");
  EXPECT_EQ(name(static_cast<encoding>(3)), "?");
  for (const encoding coding : all) EXPECT_EQ(encoding_from_name(name(coding)), coding);
  for (const std::string_view other : {"", "snappy", "GZIP", " gzip", "gzip ", "x-gzip"}) {
    EXPECT_EQ(encoding_from_name(other), std::nullopt) << other;
  }
}

TEST(encoding_set, reads_a_comma_list) {
  const encoding_set everything = {encoding::identity, encoding::gzip, encoding::deflate};
  const std::vector<std::pair<std::string_view, encoding_set>> lists = {
      {"", {}},
      {"identity", {encoding::identity}},
      {"identity, deflate, gzip", everything},
      {"identity,deflate,gzip", everything},
      {" \tgzip\t , deflate ", {encoding::gzip, encoding::deflate}},
      {"snappy,gzip,zstd", {encoding::gzip}},
      {"gzip,gzip", {encoding::gzip}},
      {",,gzip,", {encoding::gzip}},
      {" , ", {}},
      {",", {}},
      {"gzip deflate", {}},
      {"gzip;q=1", {}},
      {"GZIP", {}},
  };
  for (const auto& [text, set] : lists) EXPECT_EQ(encoding_set::parse(text), set) << text;
}

TEST(encoding_set, writes_a_comma_list) {
  EXPECT_EQ(encoding_set().text(), "");
  EXPECT_EQ(encoding_set({encoding::gzip}).text(), "gzip");
  EXPECT_EQ(encoding_set({encoding::deflate, encoding::gzip, encoding::identity}).text(),
            "identity,gzip,deflate");
}

TEST(encoding_set, inserts_and_erases) {
  encoding_set set;
  EXPECT_TRUE(set.empty());
  set.insert(encoding::gzip);
  EXPECT_TRUE(set.contains(encoding::gzip));
  EXPECT_FALSE(set.contains(encoding::deflate));
  EXPECT_FALSE(set.empty());
  set.erase(encoding::deflate);
  EXPECT_TRUE(set.contains(encoding::gzip));
  set.erase(encoding::gzip);
  EXPECT_TRUE(set.empty());
}

TEST(compression, brings_messages_back_at_every_level) {
  const std::vector<std::string> messages = {"", "x", std::string(hello), std::string(300'000, 'a'),
                                             noise(200'000)};
  for (const encoding coding : all) {
    for (const auto& message : messages) {
      for (int level = -1; level <= 9; ++level) {
        const std::string data = compressed(coding, message, level);
        ASSERT_EQ(outcome(coding, as_bytes(data)), message) << name(coding) << level;
        ASSERT_EQ(outcome(coding, as_bytes(data), message.size()), message);
      }
    }
  }
}

TEST(compression, makes_what_repeats_small) {
  const std::string zeros(1'000'000, 0);
  for (const encoding coding : real) EXPECT_LT(compressed(coding, zeros).size(), 5000U);
}

TEST(compression, writes_the_formats_by_their_names) {
  EXPECT_EQ(compressed(encoding::gzip, hello).substr(0, 3), "\x1f\x8b\x08");
  EXPECT_EQ(compressed(encoding::deflate, hello).substr(0, 2), "\x78\x9c");
  EXPECT_EQ(compressed(encoding::identity, hello), hello);
}

TEST(compression, refuses_levels_that_do_not_exist) {
  for (const encoding coding : all) {
    for (const int level : {-2, 10, 1000}) {
      const auto data = compress(coding, as_bytes(hello), level);
      ASSERT_FALSE(data);
      EXPECT_EQ(data.error(), compression_error::bad_level);
    }
  }
}

TEST(compression, reads_what_others_wrote) {
  EXPECT_EQ(outcome(encoding::gzip, hello_gzip), hello);
  EXPECT_EQ(outcome(encoding::gzip, hi_gzip_with_file_name), "hi");
  EXPECT_EQ(outcome(encoding::deflate, hello_zlib), hello);
}

TEST(compression, does_not_take_one_format_for_another) {
  EXPECT_EQ(outcome(encoding::gzip, hello_zlib), "<corrupt>");
  EXPECT_EQ(outcome(encoding::gzip, hello_bare), "<corrupt>");
  EXPECT_EQ(outcome(encoding::deflate, hello_gzip), "<corrupt>");
  EXPECT_EQ(outcome(encoding::deflate, hello_bare), "<corrupt>");
  EXPECT_EQ(outcome(encoding::deflate, zlib_with_dictionary), "<corrupt>");
  EXPECT_EQ(outcome(encoding::gzip, as_bytes("garbage")), "<corrupt>");
}

TEST(compression, finds_a_message_cut_off_after_any_byte) {
  for (std::size_t cut = 0; cut < hello_gzip.size(); ++cut) {
    EXPECT_EQ(outcome(encoding::gzip, const_bytes(hello_gzip).first(cut)), "<corrupt>") << cut;
  }
  for (std::size_t cut = 0; cut < hello_zlib.size(); ++cut) {
    EXPECT_EQ(outcome(encoding::deflate, const_bytes(hello_zlib).first(cut)), "<corrupt>") << cut;
  }
}

TEST(compression, finds_a_wrong_checksum) {
  for (const unsigned from_end : {1U, 5U}) {  // size and checksum
    auto damaged = hello_gzip;
    damaged[damaged.size() - from_end] ^= 1;
    EXPECT_EQ(outcome(encoding::gzip, damaged), "<corrupt>");
  }
  auto damaged = hello_zlib;
  damaged.back() ^= 1;
  EXPECT_EQ(outcome(encoding::deflate, damaged), "<corrupt>");
}

TEST(compression, survives_every_damaged_byte) {
  for (const auto& [coding, good] :
       {std::pair{encoding::gzip, hello_gzip}, {encoding::deflate, hello_zlib}}) {
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        auto damaged = good;
        damaged[i] = static_cast<std::uint8_t>(value);
        const auto message = decompress(coding, damaged, 100);
        EXPECT_EQ(message ? as_text(message->view()) : hello, hello);
      }
    }
  }
}

TEST(compression, joins_gzip_members) {
  const std::string one = compressed(encoding::gzip, "one ");
  const std::string two = compressed(encoding::gzip, "two");
  const std::string none = compressed(encoding::gzip, "");
  const std::string joined = one + none + two;
  EXPECT_EQ(outcome(encoding::gzip, as_bytes(joined)), "one two");
  EXPECT_EQ(outcome(encoding::gzip, as_bytes(joined), 7), "one two");
  EXPECT_EQ(outcome(encoding::gzip, as_bytes(joined), 6), "<too large>");
  const const_bytes cut = as_bytes(joined).first(joined.size() - 1);
  EXPECT_EQ(outcome(encoding::gzip, cut), "<corrupt>");
}

TEST(compression, refuses_what_follows_the_message) {
  for (const std::string_view garbage : {std::string_view("x"), std::string_view("\0\0", 2)}) {
    for (const encoding coding : real) {
      const std::string data = compressed(coding, hello).append(garbage);
      EXPECT_EQ(outcome(coding, as_bytes(data)), "<corrupt>");
    }
  }
  const std::string twice = compressed(encoding::deflate, "a") + compressed(encoding::deflate, "b");
  EXPECT_EQ(outcome(encoding::deflate, as_bytes(twice)), "<corrupt>");
}

TEST(compression, stops_at_the_limit_exactly) {
  for (const encoding coding : all) {
    for (const unsigned size : {1U, 255U, 256U, 257U, 4096U, 65'536U, 65'537U, 1'000'000U}) {
      const std::string message(size, 'm');
      const std::string data = compressed(coding, message);
      EXPECT_EQ(outcome(coding, as_bytes(data), size + 1), message);
      EXPECT_EQ(outcome(coding, as_bytes(data), size), message);
      EXPECT_EQ(outcome(coding, as_bytes(data), size - 1), "<too large>");
      EXPECT_EQ(outcome(coding, as_bytes(data), 0), "<too large>");
    }
    EXPECT_EQ(outcome(coding, as_bytes(compressed(coding, "")), 0), "");
  }
}

TEST(compression, stops_a_bomb_before_it_is_read_to_its_end) {
  for (const encoding coding : real) {
    std::string bomb = compressed(coding, std::string(50'000'000, 0));
    ASSERT_LT(bomb.size(), 60'000U);
    bomb.back() = static_cast<char>(bomb.back() ^ 1);  // whoever comes here finds it corrupt
    EXPECT_EQ(outcome(coding, as_bytes(bomb), 100'000), "<too large>");
  }
}

TEST(compression, holds_little_more_memory_than_the_message) {
  for (const encoding coding : real) {
    const std::string data = compressed(coding, std::string(1'000'000, 0));
    const auto message = decompress(coding, as_bytes(data), unlimited);
    ASSERT_TRUE(message);
    EXPECT_LE(message->capacity(), 2'000'000U);
    EXPECT_LE(decompress(coding, as_bytes(data), 1'000'000)->capacity(), 1'000'001U);
  }
}

TEST(compression, explains_its_errors) {
  EXPECT_EQ(describe(compression_error::corrupt), "the compressed message is corrupt or cut off");
  EXPECT_EQ(describe(compression_error::too_large),
            "the decompressed message is larger than allowed");
  EXPECT_EQ(describe(compression_error::bad_level),
            "the compression level is not between -1 and 9");
  EXPECT_EQ(describe(static_cast<compression_error>(9)), "?");
}

}  // namespace
}  // namespace grpcwire::codec
