#include <cstdint>
#include <utility>

#include <grpcwire/codec/utf8_internal.hpp>

namespace grpcwire::codec {
namespace {

constexpr bool between(char c, unsigned first, unsigned last) {
  const auto value = static_cast<std::uint8_t>(c);
  return value >= first && value <= last;
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) noexcept {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned first = 0x80;  // bounds of the second byte: no overlong forms, surrogates, > U+10FFFF
  unsigned last = 0xbf;
  if (between(text[0], 0xc2, 0xdf)) {
    length = 2;
  } else if (between(text[0], 0xe0, 0xef)) {
    length = 3;
    if (lead == 0xe0) first = 0xa0;
    if (lead == 0xed) last = 0x9f;
  } else if (between(text[0], 0xf0, 0xf4)) {
    length = 4;
    if (lead == 0xf0) first = 0x90;
    if (lead == 0xf4) last = 0x8f;
  }
  if (length == 0 || text.size() < length || !between(text[1], first, last)) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!between(text[i], 0x80, 0xbf)) return 0;
  }
  return length;
}

std::string one_line(std::string_view text) {
  std::string line;
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    if (between(text[i], 0, 0x20) || text[i] == 0x7f) {
      gap = true;
      ++i;
      continue;
    }
    if (std::exchange(gap, false) && !line.empty()) line.push_back(' ');
    const std::size_t length = utf8_sequence_length(text.substr(i));
    if (length == 0) {
      line.push_back('?');
      ++i;
      continue;
    }
    line.append(text.substr(i, length));
    i += length;
  }
  return line;
}

}  // namespace grpcwire::codec
