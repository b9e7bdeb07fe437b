#include "field_values.hpp"

#include <bit>
#include <cstdint>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <grpcwire/codec/utf8_internal.hpp>

#include "../text_forms.hpp"

namespace grpcwire::tools {
namespace {

namespace pb = google::protobuf;
using codec::wire_type;

constexpr std::size_t elements_max = 16;

std::uint64_t little_endian(codec::const_bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

// What parsers make of the bits: 32-bit types drop the upper half of a varint.
std::string scalar(const pb::FieldDescriptor& field, std::uint64_t bits) {
  const auto low = static_cast<std::uint32_t>(bits);
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
      return fmt::format("{}", std::bit_cast<double>(bits));
    case pb::FieldDescriptor::TYPE_FLOAT:
      return fmt::format("{}", std::bit_cast<float>(low));
    case pb::FieldDescriptor::TYPE_INT64:
    case pb::FieldDescriptor::TYPE_SFIXED64:
      return fmt::format("{}", static_cast<std::int64_t>(bits));
    case pb::FieldDescriptor::TYPE_INT32:
    case pb::FieldDescriptor::TYPE_SFIXED32:
      return fmt::format("{}", static_cast<std::int32_t>(low));
    case pb::FieldDescriptor::TYPE_UINT32:
    case pb::FieldDescriptor::TYPE_FIXED32:
      return fmt::format("{}", low);
    case pb::FieldDescriptor::TYPE_SINT32:
      return fmt::format("{}", static_cast<std::int32_t>(low >> 1 ^ (~(low & 1) + 1)));
    case pb::FieldDescriptor::TYPE_SINT64:
      return fmt::format("{}", static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1)));
    case pb::FieldDescriptor::TYPE_BOOL:
      return bits != 0 ? "true" : "false";
    case pb::FieldDescriptor::TYPE_ENUM: {
      const auto number = static_cast<std::int32_t>(low);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value != nullptr ? fmt::format("{} ({})", value->name(), number)
                              : fmt::format("{}, which has no name", number);
    }
    default:
      return fmt::format("{}", bits);
  }
}

}  // namespace

wire_type wire_type_of(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_DOUBLE:
    case pb::FieldDescriptor::TYPE_FIXED64:
    case pb::FieldDescriptor::TYPE_SFIXED64:
      return wire_type::i64;
    case pb::FieldDescriptor::TYPE_FLOAT:
    case pb::FieldDescriptor::TYPE_FIXED32:
    case pb::FieldDescriptor::TYPE_SFIXED32:
      return wire_type::i32;
    case pb::FieldDescriptor::TYPE_STRING:
    case pb::FieldDescriptor::TYPE_BYTES:
    case pb::FieldDescriptor::TYPE_MESSAGE:
      return wire_type::len;
    case pb::FieldDescriptor::TYPE_GROUP:
      return wire_type::sgroup;
    default:
      return wire_type::varint;
  }
}

std::string value_text(const pb::FieldDescriptor& field, const codec::raw_record& record) {
  if (record.type == wire_type::varint) return scalar(field, record.varint);
  if (record.type != wire_type::len) return scalar(field, little_endian(record.payload()));
  if (field.type() == pb::FieldDescriptor::TYPE_STRING) {
    return quoted_value(codec::as_text(record.payload()));
  }
  if (field.type() == pb::FieldDescriptor::TYPE_BYTES) return hex(record.payload(), 64);
  return fmt::format("{} record{}", record.nested.size(), record.nested.size() == 1 ? "" : "s");
}

std::optional<std::string> packed_text(const pb::FieldDescriptor& field,
                                       codec::const_bytes payload) {
  const wire_type each = wire_type_of(field);
  std::string text;
  std::size_t count = 0;
  while (!payload.empty()) {
    std::size_t size = each == wire_type::i64 ? 8 : 4;
    std::uint64_t bits = 0;
    if (each == wire_type::varint) {
      for (size = 0; size < payload.size() && size < 10 && payload[size] >= 0x80;) ++size;
      if (++size > 10) return std::nullopt;
    }
    if (size > payload.size()) return std::nullopt;
    if (each == wire_type::varint) {
      for (std::size_t i = 0; i < size; ++i) {
        bits |= std::uint64_t{payload[i] & 0x7fU} << (7 * i);
      }
    } else {
      bits = little_endian(payload.first(size));
    }
    if (++count <= elements_max) text += (text.empty() ? "" : ", ") + scalar(field, bits);
    payload = payload.subspan(size);
  }
  if (count > elements_max) text += fmt::format(", … ({} in all)", count);
  return text;
}

std::string quoted_value(std::string_view text) {
  return '"' + printable(text, true, 60) + '"';
}

bool is_utf8(codec::const_bytes payload) {
  std::string_view text = codec::as_text(payload);
  while (!text.empty()) {
    const std::size_t size = codec::utf8_sequence_length(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace grpcwire::tools
