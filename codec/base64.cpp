#include "base64.hpp"

#include <array>
#include <cstdint>

namespace grpcwire::codec {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t not_a_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digit_of = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_a_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

constexpr std::uint32_t digit(char c) {
  return digit_of[static_cast<std::uint8_t>(c)];
}

}  // namespace

void base64_append(std::string& out, const_bytes bytes) {
  const std::size_t start = out.size();
  out.resize(start + base64_size(bytes.size()));
  char* to = out.data() + start;
  const auto put = [&to](std::uint32_t bits, int characters) {
    for (int shift = 18; characters > 0; --characters, shift -= 6) {
      *to++ = alphabet[bits >> shift & 0x3f];
    }
  };
  const std::uint8_t* from = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    put(std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2], 4);
  }
  if (left == 2) put(std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8, 3);
  if (left == 1) put(std::uint32_t{from[0]} << 16, 2);
}

std::string base64_encode(const_bytes bytes) {
  std::string text;
  base64_append(text, bytes);
  return text;
}

bool base64_decode(std::string_view text, std::string& out) {
  if (text.size() % 4 == 0 && text.ends_with('=')) {
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  const std::size_t tail = text.size() % 4;
  if (tail == 1) return false;

  const std::size_t start = out.size();
  out.resize(start + text.size() / 4 * 3 + (tail == 0 ? 0 : tail - 1));
  char* to = out.data() + start;
  std::uint32_t seen = 0;  // the high bits of a character that is no digit stay set in here
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits & 0xff); };
  const char* from = text.data();
  for (std::size_t left = text.size(); left >= 4; left -= 4, from += 4) {
    const std::uint32_t a = digit(from[0]);
    const std::uint32_t b = digit(from[1]);
    const std::uint32_t c = digit(from[2]);
    const std::uint32_t d = digit(from[3]);
    seen |= a | b | c | d;
    *to++ = byte(a << 2 | b >> 4);
    *to++ = byte(b << 4 | c >> 2);
    *to++ = byte(c << 6 | d);
  }
  if (tail != 0) {
    const std::uint32_t a = digit(from[0]);
    const std::uint32_t b = digit(from[1]);
    const std::uint32_t c = tail == 3 ? digit(from[2]) : 0;
    seen |= a | b | c;
    *to++ = byte(a << 2 | b >> 4);
    if (tail == 3) *to++ = byte(b << 4 | c >> 2);
  }
  if (seen > 0x3f) {
    out.resize(start);
    return false;
  }
  return true;
}

}  // namespace grpcwire::codec
