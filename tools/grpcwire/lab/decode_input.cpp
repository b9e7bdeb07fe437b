#include "decode_input.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include <grpcwire/codec/base64.hpp>

#include "../text_forms.hpp"

namespace grpcwire::tools {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

std::string character(std::string_view text, std::size_t at) {
  return fmt::format("'{}' at character {}", printable(text.substr(at, 1)), at + 1);
}

}  // namespace

codec::result<std::string, unreadable> bytes_of_hex(std::string_view text) {
  std::string bytes;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = high < 0;
    if (is_space(text[i]) || (between && (text[i] == ':' || text[i] == ','))) continue;
    if (between && text[i] == '0' && i + 1 < text.size() && (text[i + 1] | 0x20) == 'x') {
      ++i;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) {
      return unreadable{
          fmt::format("{} is no hexadecimal digit; if the bytes are written otherwise, say "
                      "--from base64 or --from binary",
                      character(text, i))};
    }
    if (!between) bytes += static_cast<char>(high * 16 + digit);
    high = between ? digit : -1;
  }
  if (high >= 0) {
    return unreadable{
        fmt::format("the last byte, after {}, has only one hexadecimal digit; each byte takes two",
                    bytes_count(bytes.size()))};
  }
  return bytes;
}

codec::result<std::string, unreadable> bytes_of_base64(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_space(text[i])) continue;
    const char digit = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    if (!is_base64(digit)) {
      return unreadable{
          fmt::format("{} is not of Base64; if the bytes are written otherwise, say --from hex or "
                      "--from binary",
                      character(text, i))};
    }
    digits += digit;
  }
  std::string bytes;
  if (codec::base64_decode(digits, bytes)) return bytes;
  return unreadable{
      fmt::format("{} characters, padding included, are no whole Base64 text; is a part of it "
                  "missing?",
                  digits.size())};
}

std::string bytes_of(std::string text, written_as form) {
  if (form == written_as::binary) return text;
  auto bytes = form == written_as::hex ? bytes_of_hex(text) : bytes_of_base64(text);
  if (!bytes) throw std::runtime_error(bytes.error().why);
  return *std::move(bytes);
}

std::string standard_input() {
  std::string content;
  char block[65536];
  while (const std::size_t size = std::fread(block, 1, sizeof block, stdin)) {
    content.append(block, size);
    if (content.size() > decode_input_max) {
      throw std::runtime_error(
          fmt::format("standard input has more than {} MiB; that is no "
                      "message to look at",
                      decode_input_max >> 20));
    }
  }
  if (std::ferror(stdin) != 0) throw std::runtime_error("cannot read standard input");
  return content;
}

}  // namespace grpcwire::tools
