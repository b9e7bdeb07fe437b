#include "raw_message_guess.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include <grpcwire/codec/utf8_internal.hpp>

namespace grpcwire::codec {
namespace {

constexpr std::uint32_t plausible_number_max = 1U << 18;
constexpr std::size_t short_text_max = 3;  // characters that may as well be a message

template <class Unsigned>
Unsigned little_endian(const_bytes from) {
  Unsigned value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) value |= Unsigned{from[i]} << (8 * i);
  return value;
}

template <class Real>
std::string shortest(Real value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// How many characters of printable UTF-8 it is; nothing when it is no such text.
std::optional<std::size_t> text_length(const_bytes payload) {
  std::string_view text = as_text(payload);
  std::size_t length = 0;
  while (!text.empty()) {
    const std::size_t size = utf8_sequence_length(text);
    const auto first = static_cast<std::uint8_t>(text[0]);
    const bool control = (first < 0x20 && text[0] != '\t' && text[0] != '\n' && text[0] != '\r') ||
                         first == 0x7f ||
                         (first == 0xc2 && size == 2 && static_cast<std::uint8_t>(text[1]) < 0xa0);
    if (size == 0 || control) return std::nullopt;
    text.remove_prefix(size);
    ++length;
  }
  return length;
}

// Calls `take` with each value; false when the payload does not consist of varints.
template <class Take>
bool each_varint(const_bytes payload, Take take) {
  std::uint64_t value = 0;
  std::size_t size = 0;
  for (const std::uint8_t byte : payload) {
    if (size == 10) return false;
    value |= std::uint64_t{byte & 0x7fU} << (7 * size++);
    if (byte >= 0x80) continue;
    take(std::exchange(value, 0));
    size = 0;
  }
  return size == 0;
}

std::size_t varints_in(const_bytes payload) {
  std::size_t count = 0;
  return each_varint(payload, [&](std::uint64_t) { ++count; }) ? count : 0;
}

bool plausible_numbers(const std::vector<raw_record>& records) {
  return std::all_of(records.begin(), records.end(), [](const raw_record& record) {
    return record.number <= plausible_number_max &&
           (record.type != wire_type::sgroup || plausible_numbers(record.nested));
  });
}

// A number that somebody would write down, rather than the bits of an integer.
bool plausible_real(double value) {
  return value == 0 || (std::isfinite(value) && std::abs(value) > 1e-30 && std::abs(value) < 1e30);
}

std::string list_of(std::vector<std::string> first, std::size_t count) {
  std::string text;
  for (const std::string& value : first) text += (text.empty() ? "" : ", ") + value;
  if (count > first.size()) text += ", … (" + std::to_string(count) + " in all)";
  return text;
}

std::string varint_list(const_bytes payload, std::size_t elements_max) {
  std::vector<std::string> first;
  std::size_t count = 0;
  each_varint(payload, [&](std::uint64_t value) {
    if (++count <= elements_max) first.push_back(std::to_string(value));
  });
  return list_of(std::move(first), count);
}

template <class Real, class Bits>
std::string real_list(const_bytes payload, std::size_t elements_max) {
  std::vector<std::string> first;
  const std::size_t count = payload.size() / sizeof(Bits);
  for (std::size_t i = 0; i < std::min(count, elements_max); ++i) {
    first.push_back(shortest(
        std::bit_cast<Real>(little_endian<Bits>(payload.subspan(i * sizeof(Bits), sizeof(Bits))))));
  }
  return list_of(std::move(first), count);
}

std::string hex(const_bytes bytes, std::size_t bytes_max) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), bytes_max))) {
    if (!text.empty()) text += ' ';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  if (bytes.size() > bytes_max) text += " … (" + std::to_string(bytes.size()) + " in all)";
  return text;
}

std::vector<raw_reading> varint_readings(std::uint64_t value) {
  const auto negative = static_cast<std::int64_t>(value);
  std::vector<raw_reading> all;
  if (negative >= 0) {
    all.push_back({"int, uint, enum", std::to_string(value)});
  } else {
    // Small negative numbers are likelier than those near 2^64.
    const bool small = negative >= -(std::int64_t{1} << 31);
    all.push_back({small ? "int, enum" : "int64", std::to_string(negative)});
    all.push_back({"uint64", std::to_string(value)});
    if (!small) std::swap(all[0], all[1]);
  }
  const auto zigzag = static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  if (value != 0) all.push_back({"sint", std::to_string(zigzag)});
  if (value <= 1) all.push_back({"bool", value == 0 ? "false" : "true"});
  return all;
}

template <class Real, class Bits, class Signed>
std::vector<raw_reading> fixed_readings(const_bytes payload, std::string_view real,
                                        std::string_view fixed, std::string_view both,
                                        std::string_view sfixed) {
  const auto bits = little_endian<Bits>(payload);
  const auto value = std::bit_cast<Real>(bits);
  const auto negative = static_cast<Signed>(bits);
  std::vector<raw_reading> all = {{real, shortest(value)}};
  all.push_back({negative < 0 ? fixed : both, std::to_string(bits)});
  if (negative < 0) all.push_back({sfixed, std::to_string(negative)});
  if (!plausible_real(double{value})) std::rotate(all.begin(), all.begin() + 1, all.end());
  return all;
}

std::string records_count(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " record" : " records");
}

raw_reading reading_as(len_guess what, const raw_record& record, std::size_t elements_max) {
  const const_bytes payload = record.payload();
  switch (what) {
    case len_guess::empty:
      return {"string, bytes, message, packed", ""};
    case len_guess::message:
      return {"message", records_count(record.nested.size())};
    case len_guess::text:
      return {"string", std::string(as_text(payload))};
    case len_guess::packed_varints:
      return {"packed varints", varint_list(payload, elements_max)};
    case len_guess::packed_i32:
      return {"packed float", real_list<float, std::uint32_t>(payload, elements_max)};
    case len_guess::packed_i64:
      return {"packed double", real_list<double, std::uint64_t>(payload, elements_max)};
    default:
      return {"bytes", hex(payload, 4 * elements_max)};
  }
}

// Everything that it could be, in the order of the rules.
std::vector<len_guess> candidates(const raw_record& record) {
  const const_bytes payload = record.payload();
  if (payload.empty()) return {len_guess::empty};
  std::vector<len_guess> all;
  const auto length = text_length(payload);
  if (record.message_possible) {
    const bool likely = plausible_numbers(record.nested) && (!length || *length <= short_text_max);
    if (likely) all.push_back(len_guess::message);
    if (length) all.push_back(len_guess::text);
    if (!likely) all.push_back(len_guess::message);
  } else if (length) {
    all.push_back(len_guess::text);
  }
  // A long text is no list of numbers, though its bytes could be.
  if (length.value_or(0) <= short_text_max) {
    if (varints_in(payload) >= 2) all.push_back(len_guess::packed_varints);
    if (payload.size() % 8 == 0) all.push_back(len_guess::packed_i64);
    if (payload.size() % 4 == 0) all.push_back(len_guess::packed_i32);
  }
  all.push_back(len_guess::bytes);
  // A message with field numbers that nobody would choose is the least likely of all.
  const auto message = std::find(all.begin(), all.end(), len_guess::message);
  if (message != all.end() && !plausible_numbers(record.nested)) {
    std::rotate(message, message + 1, all.end());
  }
  return all;
}

std::size_t minimal_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >>= 7) ++size;
  return size;
}

void note_length(std::vector<std::string>& to, std::string_view what, std::size_t size,
                 std::uint64_t value) {
  if (size <= minimal_size(value)) return;
  to.push_back("the " + std::string(what) + " takes " + std::to_string(size) + " bytes where " +
               std::to_string(minimal_size(value)) + " would do");
}

}  // namespace

len_guess guess(const raw_record& record) {
  return candidates(record).front();
}

std::string reason(const raw_record& record) {
  if (record.type != wire_type::len) return {};
  std::string why;
  switch (record.guess) {
    case len_guess::empty:
      return "there is nothing in it";
    case len_guess::message:
      return "it reads as a message of " + records_count(record.nested.size()) +
             " to its last byte";
    case len_guess::text:
      why = "it is UTF-8 without control characters";
      break;
    case len_guess::packed_varints:
      why = "it is not text, but varints to its last byte";
      break;
    case len_guess::packed_i32:
    case len_guess::packed_i64:
      why = "it is neither text nor varints, and its size fits";
      break;
    default:
      why = "nothing else fits";
  }
  if (record.message_possible) why += "; it would also read as a message";
  if (record.limit == not_tried::too_deep) why += "; too deep to be tried as a message";
  if (record.limit == not_tried::too_many_records) {
    why += "; not tried as a message, as there were too many records";
  }
  return why;
}

std::vector<raw_reading> readings(const raw_record& record, std::size_t elements_max) {
  switch (record.type) {
    case wire_type::varint:
      return varint_readings(record.varint);
    case wire_type::i64:
      return fixed_readings<double, std::uint64_t, std::int64_t>(
          record.payload(), "double", "fixed64", "fixed64, sfixed64", "sfixed64");
    case wire_type::i32:
      return fixed_readings<float, std::uint32_t, std::int32_t>(
          record.payload(), "float", "fixed32", "fixed32, sfixed32", "sfixed32");
    case wire_type::len:
      break;
    default:
      return {};
  }
  std::vector<raw_reading> all;
  for (const len_guess what : candidates(record)) {
    all.push_back(reading_as(what, record, elements_max));
  }
  return all;
}

std::vector<std::string> oddities(const raw_record& record) {
  std::vector<std::string> all;
  const std::uint32_t tag = record.number << 3 | static_cast<std::uint32_t>(record.type);
  note_length(all, "tag", record.tag_size, tag);
  if (record.type == wire_type::len) {
    note_length(all, "length", record.length_size, record.payload().size());
  }
  if (record.type == wire_type::varint) {
    note_length(all, "value", record.payload().size(), record.varint);
    if (record.payload().size() == 10 && record.payload().back() > 1) {
      all.push_back("the value has bits beyond 64, which are dropped");
    }
  }
  if (record.number >= 19000 && record.number <= 19999) {
    all.push_back("field numbers 19000 to 19999 are reserved for protobuf itself");
  }
  return all;
}

}  // namespace grpcwire::codec
