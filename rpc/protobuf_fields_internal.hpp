// Reading and writing protobuf messages field by field, where generated classes for a field or two
// would be too much.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace google::protobuf::io {
class CodedInputStream;
}

namespace grpcwire::detail {

/// The part of a tag that says how its value is written.
enum class wire_type : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

constexpr std::uint32_t tag_of(std::uint32_t number, wire_type type) noexcept {
  return number << 3U | static_cast<std::uint32_t>(type);
}
constexpr wire_type type_of(std::uint32_t tag) noexcept {
  return static_cast<wire_type>(tag & 7U);
}
constexpr std::uint32_t number_of(std::uint32_t tag) noexcept {
  return tag >> 3U;
}

/// Over the value behind this tag. False: it is broken; so are the number 0, and groups, long gone.
bool skip_field(google::protobuf::io::CodedInputStream& in, std::uint32_t tag);

/// Appends a field, unless it has its default. Numbers of fields are below 16.
void add_number(std::string& to, std::uint32_t number, std::uint64_t value);
void add_bytes(std::string& to, std::uint32_t number, std::string_view value);

}  // namespace grpcwire::detail
