#include <limits>

#include <google/protobuf/io/coded_stream.h>

#include <grpcwire/rpc/protobuf_fields_internal.hpp>

namespace grpcwire::detail {

bool skip_field(google::protobuf::io::CodedInputStream& in, std::uint32_t tag) {
  if (number_of(tag) == 0) return false;
  std::uint64_t number = 0;
  std::uint32_t size = 0;
  switch (type_of(tag)) {
    case wire_type::varint:
      return in.ReadVarint64(&number);
    case wire_type::fixed64:
      return in.Skip(8);
    case wire_type::fixed32:
      return in.Skip(4);
    case wire_type::bytes:
      return in.ReadVarint32(&size) &&
             size <= static_cast<std::uint32_t>(std::numeric_limits<int>::max()) &&
             in.Skip(static_cast<int>(size));
  }
  return false;
}

namespace {

void add_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) to += static_cast<char>(value | 0x80U);
  to += static_cast<char>(value);
}

}  // namespace

void add_number(std::string& to, std::uint32_t number, std::uint64_t value) {
  if (value == 0) return;
  add_varint(to, tag_of(number, wire_type::varint));
  add_varint(to, value);
}

void add_bytes(std::string& to, std::uint32_t number, std::string_view value) {
  if (value.empty()) return;
  add_varint(to, tag_of(number, wire_type::bytes));
  add_varint(to, value.size());
  to.append(value);
}

}  // namespace grpcwire::detail
