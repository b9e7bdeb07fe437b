// Bytes as text for people: hex, dumps, and values with nothing unprintable left in them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::tools {

/// `00 00 00 00 07`; beyond `bytes_max` bytes it ends with ` …`.
std::string hex(codec::const_bytes bytes, std::size_t bytes_max = 16);

/// Lines of 16 bytes: offset (of the direction), hex, printable ASCII. Each line begins with
/// `indent` and ends with a newline.
std::string hex_dump(codec::const_bytes bytes, std::uint64_t offset, std::string_view indent);

/// The text with control bytes as \xNN, so that a peer cannot write to a terminal. UTF-8 stays
/// when `utf8` is set; otherwise every byte from 0x7f on is escaped too. Cut after `bytes_max`
/// bytes, with a note of how long it was.
std::string printable(std::string_view text, bool utf8 = false, std::size_t bytes_max = 200);

/// `1 byte`, `7 bytes`.
std::string bytes_count(std::uint64_t count);

/// How many columns UTF-8 text takes, counting one for each character.
std::size_t columns(std::string_view utf8) noexcept;

/// The text with spaces behind it up to `width` columns.
std::string padded(std::string_view utf8, std::size_t width);

}  // namespace grpcwire::tools
