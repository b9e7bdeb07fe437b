#include <cstddef>
#include <cstdint>

#include <grpcwire/codec/percent.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::string_view replacement = "%EF%BF%BD";  // U+FFFD

constexpr std::uint8_t octet(char c) {
  return static_cast<std::uint8_t>(c);
}

constexpr bool between(std::uint8_t value, unsigned first, unsigned last) {
  return value >= first && value <= last;
}

/// The length of the UTF-8 sequence that `text` begins with, by the table of RFC 3629 §4; 0 when it
/// begins with none.
std::size_t sequence_length(std::string_view text) {
  const std::uint8_t lead = octet(text[0]);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned first = 0x80;  // bounds of the second byte: no overlong forms, surrogates, > U+10FFFF
  unsigned last = 0xbf;
  if (between(lead, 0xc2, 0xdf)) {
    length = 2;
  } else if (between(lead, 0xe0, 0xef)) {
    length = 3;
    if (lead == 0xe0) first = 0xa0;
    if (lead == 0xed) last = 0x9f;
  } else if (between(lead, 0xf0, 0xf4)) {
    length = 4;
    if (lead == 0xf0) first = 0x90;
    if (lead == 0xf4) last = 0x8f;
  }
  if (length == 0 || text.size() < length || !between(octet(text[1]), first, last)) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!between(octet(text[i]), 0x80, 0xbf)) return 0;
  }
  return length;
}

void append_escaped(std::string& out, char c) {
  out.push_back('%');
  out.push_back(hex_digits[octet(c) >> 4]);
  out.push_back(hex_digits[octet(c) & 0xf]);
}

constexpr bool stays(char c) {
  return between(octet(c), 0x20, 0x7e) && c != '%';
}

/// The value of a hexadecimal digit, 16 for any other character.
constexpr unsigned hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  return 16;
}

}  // namespace

std::string percent_encode(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  // All of it is "leading" when there is nothing but spaces.
  const std::size_t first = utf8.find_first_not_of(' ');
  const std::size_t last = utf8.find_last_not_of(' ');
  for (std::size_t i = 0; i < utf8.size();) {
    const std::size_t length = sequence_length(utf8.substr(i));
    if (length == 0) {
      out.append(replacement);
      ++i;
      continue;
    }
    const bool outside = i < first || i > last;
    if (stays(utf8[i]) && !outside) {
      out.push_back(utf8[i]);
    } else {
      for (const char c : utf8.substr(i, length)) append_escaped(out, c);
    }
    i += length;
  }
  return out;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2) {
      const unsigned high = hex_value(text[i + 1]);
      const unsigned low = hex_value(text[i + 2]);
      if (high < 16 && low < 16) {
        out.push_back(static_cast<char>(high << 4 | low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace grpcwire::codec
