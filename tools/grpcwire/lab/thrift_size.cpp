#include "thrift_size.hpp"

#include <cstdint>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

namespace grpcwire::tools {
namespace {

namespace pb = google::protobuf;

constexpr std::size_t stop_size = 1;
constexpr int short_delta_max = 15;         // compact: the field number in the byte of the type
constexpr std::size_t short_list_max = 14;  // compact: the size in the byte of the element type

std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >>= 7) ++size;
  return size;
}

std::size_t zigzag_size(std::int64_t value) {
  return varint_size(static_cast<std::uint64_t>(value) << 1 ^
                     static_cast<std::uint64_t>(value >> 63));
}

class thrift_counter {
 public:
  explicit thrift_counter(thrift_protocol protocol)
      : compact_(protocol == thrift_protocol::compact) {}

  std::size_t message(const pb::Message& from) const {
    const pb::Reflection& reflection = *from.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;  // in the order of their numbers
    reflection.ListFields(from, &fields);
    std::size_t size = stop_size;
    int previous = 0;
    for (const pb::FieldDescriptor* field : fields) {
      size += field_header(field->number(), previous);
      previous = field->number();
      const int count = field->is_repeated() ? reflection.FieldSize(from, field) : 0;
      if (field->is_map()) {
        size += map_header(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
          size += entry(reflection.GetRepeatedMessage(from, field, i));
        }
      } else if (field->is_repeated()) {
        size += list_header(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) size += value(from, *field, i);
      } else if (!compact_ || field->type() != pb::FieldDescriptor::TYPE_BOOL) {
        size += value(from, *field, -1);  // a compact bool is in its header
      }
    }
    return size;
  }

 private:
  std::size_t field_header(int number, int previous) const {
    if (!compact_) return 3;
    return number - previous <= short_delta_max ? 1 : 1 + zigzag_size(number);
  }
  std::size_t list_header(std::size_t count) const {
    if (!compact_) return 5;
    return count <= short_list_max ? 1 : 1 + varint_size(count);
  }
  std::size_t map_header(std::size_t count) const {
    if (!compact_) return 6;
    return count == 0 ? 1 : varint_size(count) + 1;
  }
  std::size_t entry(const pb::Message& from) const {
    return value(from, *from.GetDescriptor()->map_key(), -1) +
           value(from, *from.GetDescriptor()->map_value(), -1);
  }
  std::size_t integer(std::int64_t value, std::size_t width) const {
    return compact_ ? zigzag_size(value) : width;
  }
  std::size_t text(std::size_t length) const {
    return (compact_ ? varint_size(length) : 4) + length;
  }

  // `index`: of a repeated field; -1 for others.
  std::size_t value(const pb::Message& from, const pb::FieldDescriptor& field, int index) const {
    const pb::Reflection& r = *from.GetReflection();
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_INT32:
        return integer(one ? r.GetInt32(from, &field) : r.GetRepeatedInt32(from, &field, index), 4);
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        return integer(static_cast<std::int32_t>(one ? r.GetUInt32(from, &field)
                                                     : r.GetRepeatedUInt32(from, &field, index)),
                       4);
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        return integer(
            one ? r.GetEnumValue(from, &field) : r.GetRepeatedEnumValue(from, &field, index), 4);
      case pb::FieldDescriptor::CPPTYPE_INT64:
        return integer(one ? r.GetInt64(from, &field) : r.GetRepeatedInt64(from, &field, index), 8);
      case pb::FieldDescriptor::CPPTYPE_UINT64:
        return integer(static_cast<std::int64_t>(one ? r.GetUInt64(from, &field)
                                                     : r.GetRepeatedUInt64(from, &field, index)),
                       8);
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      case pb::FieldDescriptor::CPPTYPE_FLOAT:
        return 8;
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return 1;
      case pb::FieldDescriptor::CPPTYPE_STRING:
        return text(
            (one ? r.GetString(from, &field) : r.GetRepeatedString(from, &field, index)).size());
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        return message(one ? r.GetMessage(from, &field)
                           : r.GetRepeatedMessage(from, &field, index));
    }
    return 0;
  }

  bool compact_;
};

}  // namespace

std::size_t thrift_size(const pb::Message& message, thrift_protocol protocol) {
  return thrift_counter(protocol).message(message);
}

}  // namespace grpcwire::tools
