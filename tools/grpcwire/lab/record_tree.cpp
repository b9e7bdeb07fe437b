// Nested records below one another: the tree, and the text of `protoc --decode_raw`.
#include <fmt/format.h>

#include "../text_forms.hpp"
#include "record_forms.hpp"
#include "record_words.hpp"

namespace grpcwire::tools {
namespace {

using codec::raw_record;
using codec::wire_type;

std::string place(const raw_record& raw) {
  std::string text = fmt::format("at byte {}: tag {}", raw.offset, hex(raw.tag()));
  if (raw.length_size != 0) text += ", length " + hex(raw.length_prefix());
  if (raw.type == wire_type::varint) text += ", value " + hex(raw.payload());
  if (raw.end_tag_size != 0) text += ", end " + hex(raw.end_tag());
  return text;
}

void add_branches(const std::vector<named_record>& records, const std::string& indent,
                  std::string& to) {
  for (const named_record& record : records) {
    const raw_record& raw = *record.record;
    const bool last = &record == &records.back();
    to += fmt::format("{}{} {}: {}, {}", indent, last ? "└─" : "├─", field_words(record),
                      codec::name(raw.type), bytes_count(raw.payload().size()));
    if (!record.readings.empty()) {
      to += fmt::format(", {} {}", record.readings[0].type, record.readings[0].value);
    }
    to += "\n";
    const std::string below = indent + (last ? "   " : "│  ");
    const auto detail = [&](std::string_view text) { to += fmt::format("{}  {}\n", below, text); };
    detail(place(raw));
    if (!record.reason.empty()) detail("guessed: " + record.reason);
    for (std::size_t i = 1; i < record.readings.size(); ++i) {
      detail(fmt::format("or {} {}", record.readings[i].type, record.readings[i].value));
    }
    for (const std::string& note : record.notes) detail("! " + note);
    add_branches(record.nested, below, to);
  }
}

// As in C: what is not printable ASCII in three octal digits.
std::string escaped(codec::const_bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    const char c = static_cast<char>(byte);
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\r') {
      text += "\\r";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c == '"' || c == '\'' || c == '\\') {
      text += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f) {
      text += fmt::format("\\{:03o}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

std::string fixed(codec::const_bytes payload) {
  std::string digits = "0x";
  for (std::size_t i = payload.size(); i-- > 0;) digits += fmt::format("{:02x}", payload[i]);
  return digits;
}

void add_text(const std::vector<raw_record>& records, const std::string& indent, std::string& to) {
  for (const raw_record& raw : records) {
    to += indent + std::to_string(raw.number);
    if (raw.type == wire_type::sgroup || raw.message_possible) {
      to += " {\n";
      add_text(raw.nested, indent + "  ", to);
      to += indent + "}\n";
    } else if (raw.type == wire_type::varint) {
      to += fmt::format(": {}\n", raw.varint);
    } else if (raw.type == wire_type::len) {
      to += fmt::format(": \"{}\"\n", escaped(raw.payload()));
    } else {
      to += fmt::format(": {}\n", fixed(raw.payload()));
    }
  }
}

}  // namespace

std::string tree_form(const std::vector<named_record>& records) {
  std::string text;
  add_branches(records, "", text);
  return text;
}

std::string text_form(const std::vector<raw_record>& records) {
  std::string text;
  add_text(records, "", text);
  return text;
}

}  // namespace grpcwire::tools
