// Base64 of binary metadata: RFC 4648 vectors, padding rules, what is refused.
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/codec/base64.hpp>

namespace grpcwire::codec {
namespace {

struct vector {
  std::string_view plain;
  std::string_view padded;
};

// RFC 4648 §10, and the two characters that differ between alphabets.
const std::vector<vector> vectors = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
    {std::string_view("\0\0\0", 3), "AAAA"},
};

std::string_view unpadded(std::string_view text) {
  return text.substr(0, text.find_last_not_of('=') + 1);
}

TEST(base64, encodes_without_padding) {
  for (const auto& [plain, padded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), unpadded(padded));
    EXPECT_EQ(base64_size(plain.size()), unpadded(padded).size());
  }
}

TEST(base64, appends_behind_what_is_there) {
  std::string text = "x";
  base64_append(text, as_bytes("foob"));
  EXPECT_EQ(text, "xZm9vYg");
  std::string plain = "y";
  EXPECT_TRUE(base64_decode("Zm9vYg", plain));
  EXPECT_EQ(plain, "yfoob");
}

TEST(base64, decodes_with_and_without_padding) {
  for (const auto& [plain, padded] : vectors) {
    for (const std::string_view text : {padded, unpadded(padded)}) {
      std::string out;
      EXPECT_TRUE(base64_decode(text, out)) << text;
      EXPECT_EQ(out, plain) << text;
    }
  }
}

TEST(base64, brings_back_every_octet_at_every_length) {
  std::string plain;
  for (int length = 0; length < 520; ++length) {
    const std::string text = base64_encode(as_bytes(plain));
    std::string out;
    ASSERT_TRUE(base64_decode(text, out));
    ASSERT_EQ(out, plain);
    plain.push_back(static_cast<char>(length * 7));
  }
}

TEST(base64, ignores_the_unused_bits_of_the_last_character) {
  std::string out;
  EXPECT_TRUE(base64_decode("Zh", out));
  EXPECT_TRUE(base64_decode("Zm9", out));
  EXPECT_EQ(out, "ffo");
}

TEST(base64, refuses_bad_text_and_leaves_the_output_alone) {
  const std::vector<std::string_view> bad = {
      "Z",                                     // one character is six bits, no octet
      "Zm9vY",                                 // the same behind a whole group
      "=",        "==",    "===",   "====",    // nothing but padding
      "Z===",     "Zg=",   "Zm8==", "Zg===",   // wrong amount of padding
      "Zg==Zg==", "Z=g=",  "=Zg=",  "Zm=v",    // padding inside
      "Zm9v====",                              // padding behind whole groups
      "Zm9v\n",   "Zm 9v", " Zm9",  "Zm9 ",    // space
      "Zm9-",     "Zm9_",  "Zm9*",  "Zm\xc3",  // other alphabets, other characters
      "*m9v",     "Z*9v",  "Zm*v",  "*m",     "Z*", "Zm*", "Zm9v*m", std::string_view("Zm\0v", 4),
  };
  for (const std::string_view text : bad) {
    std::string out = "before";
    EXPECT_FALSE(base64_decode(text, out)) << text;
    EXPECT_EQ(out, "before") << text;
  }
}

TEST(base64, never_reads_past_its_end) {
  const std::string_view longer = "Zm9vYmFy";
  for (const unsigned size : {1U, 5U}) {
    std::string out;
    EXPECT_FALSE(base64_decode(longer.substr(0, size), out)) << "the next digit is not ours";
  }
  std::string out;
  EXPECT_TRUE(base64_decode(longer.substr(0, 6), out));
  EXPECT_EQ(out, "foob");
}

TEST(base64, accepts_exactly_the_alphabet) {
  const std::string_view others = "+/";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    std::string out;
    EXPECT_EQ(base64_decode(std::string("AA") + character + "A", out),
              letter || others.find(character) != std::string_view::npos)
        << c;
  }
}

}  // namespace
}  // namespace grpcwire::codec
