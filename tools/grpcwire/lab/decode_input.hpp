// The bytes that `grpcwire decode` is to take apart, from text or as they are.
#pragma once

#include <string>
#include <string_view>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::tools {

enum class written_as { hex, base64, binary };

/// What can be decoded at once, in bytes.
inline constexpr std::size_t decode_input_max = std::size_t{64} << 20;

/// Why a text stands for no bytes, and what to do.
struct unreadable {
  std::string why;
};

/// Digits in pairs; white space, commas, colons and `0x` between the pairs are passed over. The
/// error names the character and its place, and says what to do.
codec::result<std::string, unreadable> bytes_of_hex(std::string_view text);

/// Both alphabets (RFC 4648 §4 and §5), with or without padding; white space is passed over.
codec::result<std::string, unreadable> bytes_of_base64(std::string_view text);

/// Either of them, or the bytes as they are. Throws std::runtime_error with the error.
std::string bytes_of(std::string text, written_as form);

/// All of standard input. Throws std::runtime_error beyond decode_input_max.
std::string standard_input();

}  // namespace grpcwire::tools
