// The payload of a record as the value of a field whose type is known.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <grpcwire/codec/raw_message.hpp>

namespace google::protobuf {
class FieldDescriptor;
}

namespace grpcwire::tools {

/// How a single value of the field travels.
codec::wire_type wire_type_of(const google::protobuf::FieldDescriptor& field);

/// The value; the record has the wire type of the field.
std::string value_text(const google::protobuf::FieldDescriptor& field,
                       const codec::raw_record& record);

/// Packed values, the first 16 of them; nothing when the payload ends inside one.
std::optional<std::string> packed_text(const google::protobuf::FieldDescriptor& field,
                                       codec::const_bytes payload);

/// In quotes, control characters escaped, long text cut.
std::string quoted_value(std::string_view text);

bool is_utf8(codec::const_bytes payload);

}  // namespace grpcwire::tools
