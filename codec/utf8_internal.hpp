// Which bytes are UTF-8, and text of strangers made fit for a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace grpcwire::codec {

/// The length of the UTF-8 sequence that `text`, which is not empty, begins with, by the table of
/// RFC 3629 §4; 0 when it begins with none.
std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Any bytes as one line of UTF-8: white space and control characters in a row become one space,
/// or nothing at either end, and each byte that is not part of UTF-8 becomes a question mark.
std::string one_line(std::string_view text);

}  // namespace grpcwire::codec
