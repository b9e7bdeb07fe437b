#include "named_records.hpp"

#include <utility>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <grpcwire/codec/raw_message_guess.hpp>

#include "../text_forms.hpp"
#include "field_values.hpp"

namespace grpcwire::tools {
namespace {

namespace pb = google::protobuf;
using codec::raw_record;
using codec::wire_type;

std::vector<named_record> named(const std::vector<raw_record>& records, const pb::Descriptor* type,
                                const std::string& outer);

void guess_readings(named_record& to) {
  for (codec::raw_reading& reading : codec::readings(*to.record)) {
    const bool text = reading.type == "string";
    to.readings.push_back(
        {std::string(reading.type), text ? quoted_value(reading.value) : std::move(reading.value)});
  }
  to.reason = codec::reason(*to.record);
}

std::string type_label(const pb::FieldDescriptor& field) {
  std::string label = field.is_map() ? "map entry" : field.type_name();
  if (field.enum_type() != nullptr) label = field.enum_type()->full_name();
  if (field.message_type() != nullptr && !field.is_map()) label = field.message_type()->full_name();
  return field.is_repeated() && !field.is_map() ? "repeated " + label : label;
}

// False: the record cannot be a value of the field, and a note says why.
bool schema_reading(named_record& to, const pb::FieldDescriptor& field) {
  const raw_record& record = *to.record;
  const wire_type expected = wire_type_of(field);
  if (record.type == expected) {
    if (expected == wire_type::sgroup) return true;
    if (field.message_type() != nullptr && !record.payload().empty() && !record.message_possible) {
      to.notes.push_back(fmt::format("{} cannot be read as a {}", field.name(),
                                     field.message_type()->full_name()));
      return false;
    }
    to.readings.push_back({type_label(field), value_text(field, record)});
    if (field.type() == pb::FieldDescriptor::TYPE_STRING && !is_utf8(record.payload())) {
      to.notes.emplace_back("not UTF-8, which a string has to be: parsers of proto3 refuse it");
    }
    return true;
  }
  if (record.type == wire_type::len && field.is_packable()) {
    auto values = packed_text(field, record.payload());
    if (!values) {
      to.notes.push_back(fmt::format("the packed values end inside one"));
      return false;
    }
    to.readings.push_back({"packed " + type_label(field), *std::move(values)});
    return true;
  }
  to.notes.push_back(
      fmt::format("{} is a {}, which travels as {}: parsers take this for an unknown "
                  "field",
                  field.name(), type_label(field), codec::name(expected)));
  return false;
}

named_record named(const raw_record& record, const pb::Descriptor* type, const std::string& outer) {
  named_record to;
  to.record = &record;
  to.path = outer + std::to_string(record.number);
  const pb::FieldDescriptor* field =
      type == nullptr ? nullptr : type->FindFieldByNumber(static_cast<int>(record.number));
  bool known = false;
  if (field != nullptr) {
    to.name = field->name();
    known = schema_reading(to, *field);
  } else if (type != nullptr) {
    to.notes.push_back(fmt::format("{} has no field {}", type->full_name(), record.number));
  }
  if (!known) guess_readings(to);
  for (std::string& oddity : codec::oddities(record)) to.notes.push_back(std::move(oddity));
  const bool records =
      record.type == wire_type::sgroup ||
      (known ? field->message_type() != nullptr : record.guess == codec::len_guess::message);
  if (records) {
    to.nested = named(record.nested, known ? field->message_type() : nullptr, to.path + ".");
  }
  return to;
}

std::vector<named_record> named(const std::vector<raw_record>& records, const pb::Descriptor* type,
                                const std::string& outer) {
  std::vector<named_record> all;
  all.reserve(records.size());
  for (const raw_record& record : records) all.push_back(named(record, type, outer));
  return all;
}

}  // namespace

std::vector<named_record> name_records(const std::vector<raw_record>& records,
                                       const pb::Descriptor* type) {
  return named(records, type, "");
}

}  // namespace grpcwire::tools
