#include "percent.hpp"

#include <cstddef>
#include <cstdint>

#include <grpcwire/codec/utf8_internal.hpp>

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
    const std::size_t length = utf8_sequence_length(utf8.substr(i));
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
