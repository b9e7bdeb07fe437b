// What the records of raw_message.hpp may stand for. Without a schema nobody can know, so all
// plausible readings are given, the likeliest first, and never one alone where others fit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/raw_message.hpp>

namespace grpcwire::codec {

/// The rules, in this order: empty; a message, if all of it can be read as one with field numbers
/// up to 2^18 and it is not a text of more than three characters; text, if it is UTF-8 without
/// control characters but tab and line ends; varints, if there are two or more; fixed values, if
/// the size divides by 4 or 8; bytes.
len_guess guess(const raw_record& len_record);

/// Why guess() says so, as words for a reader: `it reads as a message of 2 records to its last
/// byte`. Empty for records that are not LEN.
std::string reason(const raw_record& record);

/// One way to read a payload.
struct raw_reading {
  /// The types of a .proto that it is the value of: `int, uint, enum`, `double`, `string`, …
  std::string_view type;
  std::string value;  ///< text is as it came, nothing in it is escaped
};

/// At least one for VARINT, I64, I32 and LEN; none for groups, which hold records. Of packed values
/// the first `elements_max` are given and how many there are, of bytes four times as many.
std::vector<raw_reading> readings(const raw_record& record, std::size_t elements_max = 16);

/// What is legal but unusual: `the value takes 3 bytes where 1 would do`.
std::vector<std::string> oddities(const raw_record& record);

}  // namespace grpcwire::codec
