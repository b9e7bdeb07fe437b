#include "text_forms.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace grpcwire::tools {
namespace {

bool is_plain(std::uint8_t byte) {
  return byte >= 0x20 && byte < 0x7f;
}

// The length of a well-formed multi-byte character at the start of `text` (Unicode table 3-7);
// 0: there is none. U+0080 to U+009F are control characters and do not count as well-formed.
std::size_t character_size(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xbf; };
  const std::uint8_t first = at(0);
  const std::uint8_t second = at(1);
  if (first >= 0xc2 && first <= 0xdf) {
    return tail(1) && !(first == 0xc2 && second < 0xa0) ? 2 : 0;
  }
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second > 0x9f;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && second < 0x90;
    const bool too_large = first == 0xf4 && second > 0x8f;
    return tail(1) && tail(2) && tail(3) && !overlong && !too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string hex(codec::const_bytes bytes, std::size_t bytes_max) {
  std::string out;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), bytes_max))) {
    if (!out.empty()) out += ' ';
    fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  }
  if (bytes.size() > bytes_max) out += " …";
  return out;
}

std::string hex_dump(codec::const_bytes bytes, std::uint64_t offset, std::string_view indent) {
  std::string out;
  while (!bytes.empty()) {
    const codec::const_bytes line = bytes.first(std::min<std::size_t>(bytes.size(), 16));
    std::string text;
    for (const std::uint8_t byte : line) text += is_plain(byte) ? static_cast<char>(byte) : '.';
    fmt::format_to(std::back_inserter(out), "{}{:08x}  {:<47}  {}\n", indent, offset, hex(line),
                   text);
    bytes = bytes.subspan(line.size());
    offset += line.size();
  }
  return out;
}

std::string printable(std::string_view text, bool utf8, std::size_t bytes_max) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<std::uint8_t>(text[at]);
    const std::size_t size = utf8 ? std::max<std::size_t>(character_size(text.substr(at)), 1) : 1;
    if (at + size > bytes_max) {
      return fmt::format("{}… ({} in all)", out, bytes_count(text.size()));
    }
    if (is_plain(byte) || size > 1) {
      out += text.substr(at, size);
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    }
    at += size;
  }
  return out;
}

std::string bytes_count(std::uint64_t count) {
  return fmt::format("{} byte{}", count, count == 1 ? "" : "s");
}

std::size_t columns(std::string_view utf8) noexcept {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(std::string_view utf8, std::size_t width) {
  std::string out(utf8);
  const std::size_t used = columns(utf8);
  if (used < width) out.append(width - used, ' ');
  return out;
}

}  // namespace grpcwire::tools
