// Bytes that come in pieces cut anywhere, as UTF-8 text that is never cut inside a character.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace utf8 {

/// Bytes of the character that begins with this one; 0: none does (RFC 3629 §4).
constexpr std::size_t character_size(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  return 0;
}

/// Whether `byte` may stand at this place (1…3) of a character with this lead byte.
constexpr bool continues(unsigned char lead, std::size_t place, unsigned char byte) {
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (place == 1) {
    if (lead == 0xe0) low = 0xa0;   // shorter forms exist
    if (lead == 0xed) high = 0x9f;  // surrogates
    if (lead == 0xf0) low = 0x90;   // shorter forms exist
    if (lead == 0xf4) high = 0x8f;  // behind U+10FFFF
  }
  return low <= byte && byte <= high;
}

}  // namespace utf8

/// Takes the whole characters out of `bytes`. The beginning of one stays there, at most three
/// bytes, unless nothing follows it (`last`). What is no UTF-8 becomes U+FFFD: a field of type
/// `string` must not carry it, and receivers refuse messages in which it does.
inline std::string take_whole_characters(std::string& bytes, bool last) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::string text;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t size = utf8::character_size(byte(at));
    std::size_t good = 1;
    while (good < size && at + good < bytes.size() &&
           utf8::continues(byte(at), good, byte(at + good))) {
      ++good;
    }
    if (good == size) {
      text.append(bytes, at, size);
    } else if (good < size && at + good == bytes.size() && !last) {
      break;
    } else {
      text += "\xef\xbf\xbd";
    }
    at += good;
  }
  bytes.erase(0, at);
  return text;
}
