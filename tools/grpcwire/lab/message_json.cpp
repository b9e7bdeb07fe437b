#include "message_json.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <grpcwire/codec/base64.hpp>

namespace grpcwire::tools {
namespace {

namespace pb = google::protobuf;
using json = nlohmann::ordered_json;

class converter {
 public:
  converter(json_names names, json_bytes bytes) : names_(names), bytes_(bytes) {}

  json message(const pb::Message& from) const {
    json object = json::object();
    const pb::Reflection& reflection = *from.GetReflection();
    std::vector<const pb::FieldDescriptor*> fields;
    reflection.ListFields(from, &fields);
    for (const pb::FieldDescriptor* field : fields) {
      json& to = object[names_ == json_names::of_the_proto ? field->name() : field->json_name()];
      if (!field->is_repeated()) {
        to = value(from, *field, -1);
        continue;
      }
      to = field->is_map() ? json::object() : json::array();
      for (int i = 0; i < reflection.FieldSize(from, field); ++i) {
        if (field->is_map()) {
          add_entry(to, reflection.GetRepeatedMessage(from, field, i));
        } else {
          to.push_back(value(from, *field, i));
        }
      }
    }
    return object;
  }

 private:
  void add_entry(json& to, const pb::Message& entry) const {
    const json key = value(entry, *entry.GetDescriptor()->map_key(), -1);
    to[key.is_string() ? key.get<std::string>() : key.dump()] =
        value(entry, *entry.GetDescriptor()->map_value(), -1);
  }

  json text(const pb::FieldDescriptor& field, const std::string& content) const {
    if (field.type() == pb::FieldDescriptor::TYPE_STRING) return content;
    if (bytes_ == json_bytes::binary) return json::binary({content.begin(), content.end()});
    std::string padded = codec::base64_encode(codec::as_bytes(content));
    padded.append((4 - padded.size() % 4) % 4, '=');
    return padded;
  }

  // `index`: of a repeated field; -1 for others.
  json value(const pb::Message& from, const pb::FieldDescriptor& field, int index) const {
    const pb::Reflection& r = *from.GetReflection();
    const bool one = index < 0;
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_INT32:
        return one ? r.GetInt32(from, &field) : r.GetRepeatedInt32(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_INT64:
        return one ? r.GetInt64(from, &field) : r.GetRepeatedInt64(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        return one ? r.GetUInt32(from, &field) : r.GetRepeatedUInt32(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_UINT64:
        return one ? r.GetUInt64(from, &field) : r.GetRepeatedUInt64(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        return one ? r.GetDouble(from, &field) : r.GetRepeatedDouble(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_FLOAT:
        return one ? r.GetFloat(from, &field) : r.GetRepeatedFloat(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return one ? r.GetBool(from, &field) : r.GetRepeatedBool(from, &field, index);
      case pb::FieldDescriptor::CPPTYPE_ENUM: {
        const int number =
            one ? r.GetEnumValue(from, &field) : r.GetRepeatedEnumValue(from, &field, index);
        const auto* known = field.enum_type()->FindValueByNumber(number);
        return known != nullptr ? json(known->name()) : json(number);
      }
      case pb::FieldDescriptor::CPPTYPE_STRING:
        return text(field,
                    one ? r.GetString(from, &field) : r.GetRepeatedString(from, &field, index));
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        return message(one ? r.GetMessage(from, &field)
                           : r.GetRepeatedMessage(from, &field, index));
    }
    return nullptr;
  }

  json_names names_;
  json_bytes bytes_;
};

}  // namespace

json json_of(const pb::Message& message, json_names names, json_bytes bytes) {
  return converter(names, bytes).message(message);
}

std::string spaced(const json& value) {
  constexpr int compact = -1;
  if (!value.is_structured()) {
    return value.dump(compact, ' ', true, json::error_handler_t::replace);
  }
  std::string text;
  for (const auto& [key, element] : value.items()) {
    if (!text.empty()) text += ", ";
    if (value.is_object()) text += json(key).dump(compact, ' ', true) + ": ";
    text += spaced(element);
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

}  // namespace grpcwire::tools
