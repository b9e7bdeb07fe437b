// Protobuf without a schema: the records of a message as they are on the wire (protobuf
// "Encoding"), with the byte offset of each one and of the first mistake. raw_message_guess.hpp
// says what the records may stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::codec {

enum class wire_type : std::uint8_t {
  varint = 0,
  i64 = 1,
  len = 2,
  sgroup = 3,
  egroup = 4,
  i32 = 5,
};

/// `VARINT`, `I64`, `LEN`, `SGROUP`, `EGROUP` or `I32`.
std::string_view name(wire_type type) noexcept;

/// What the payload of a LEN record most likely is.
enum class len_guess : std::uint8_t {
  none,  ///< the record is not LEN
  empty,
  message,
  text,
  packed_varints,
  packed_i32,
  packed_i64,
  bytes,
};

/// Why it was not tried to read a LEN payload as a message.
enum class not_tried : std::uint8_t { tried, too_deep, too_many_records };

/// One record. The views are into the bytes that were decoded.
struct raw_record {
  std::size_t offset = 0;  ///< of its tag, in the whole input, also within nested messages
  const_bytes bytes;       ///< all of it: tag, length, payload, and the end tag of a group
  /// LEN: what the payload holds, if it can be read as a message at all; groups: what is in it.
  std::vector<raw_record> nested;
  std::uint64_t varint = 0;  ///< the value of a VARINT; others: 0
  std::uint32_t number = 0;  ///< 1 to 536870911
  wire_type type = wire_type::varint;
  std::uint8_t tag_size = 0;      ///< 1 to 5 bytes
  std::uint8_t length_size = 0;   ///< of LEN, 1 to 5 bytes; others: 0
  std::uint8_t end_tag_size = 0;  ///< of groups; 0 when the end is missing
  len_guess guess = len_guess::none;
  not_tried limit = not_tried::tried;
  bool message_possible = false;  ///< LEN: the payload can be read as a message to its last byte

  const_bytes tag() const noexcept { return bytes.first(tag_size); }
  const_bytes length_prefix() const noexcept { return bytes.subspan(tag_size, length_size); }
  const_bytes payload() const noexcept {
    const std::size_t before = std::size_t{tag_size} + length_size;
    return bytes.subspan(before, bytes.size() - before - end_tag_size);
  }
  const_bytes end_tag() const noexcept { return bytes.last(end_tag_size); }
};

enum class raw_problem : std::uint8_t {
  truncated,   ///< the bytes end inside a tag, a varint, a fixed value or a LEN payload
  overlong,    ///< a value of more than 10 bytes, or a tag or length of more than 5
  bad_type,    ///< wire type 6 or 7
  bad_number,  ///< field number 0
  bad_length,  ///< above 2^31 - 1
  bad_group,   ///< an end without a beginning, of another number, or missing
  too_deep,    ///< groups within groups beyond the limit
  too_many,    ///< more records than the limit
};

struct raw_error {
  std::size_t offset = 0;  ///< where that which is wrong begins: a tag, a length or a value
  raw_problem problem{};
  std::string text;  ///< a sentence without a full stop, with the figures
};

/// The records up to the end or to the first mistake. A group that the mistake is in is there too,
/// without an end.
struct raw_message {
  std::vector<raw_record> records;
  std::optional<raw_error> error;
  const_bytes rest;  ///< from the record with the mistake on
};

struct raw_limits {
  /// Groups, and messages within messages.
  std::size_t depth_max = 100;
  /// Records that are certainly there; and as many again for the attempts to read LEN payloads as
  /// messages, which on bytes made for it would take long.
  std::size_t records_max = 1'000'000;
};

/// `bytes` must outlive the message.
raw_message decode_raw(const_bytes bytes, raw_limits limits = {});

/// The same bytes again, put together from the records: also what is longer than it need be stays
/// as it was.
buffer encode(const raw_message& message);

}  // namespace grpcwire::codec
