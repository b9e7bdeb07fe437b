// Every bit of a message and what it says.
#include <fmt/format.h>

#include "../text_forms.hpp"
#include "record_forms.hpp"
#include "record_words.hpp"

namespace grpcwire::tools {
namespace {

using codec::raw_record;
using codec::wire_type;

std::string bits(unsigned value, int count) {
  return fmt::format("{:0{}b}", value, count);
}

class bit_lines {
 public:
  void all(const std::vector<named_record>& records) {
    for (const named_record& record : records) one(record);
  }
  std::string take() && { return std::move(text_); }

 private:
  void one(const named_record& record) {
    const raw_record& raw = *record.record;
    std::size_t at = raw.offset;
    tag(at, raw.tag(), raw.type,
        fmt::format("field {}, {}", field_words(record), codec::name(raw.type)));
    at += raw.tag_size;
    if (raw.type == wire_type::varint) {
      varint(at, raw.payload(), reading_words(record));
    } else if (raw.type == wire_type::len) {
      varint(at, raw.length_prefix(), "length " + std::to_string(raw.payload().size()));
      at += raw.length_size;
      if (record.nested.empty()) plain(at, raw.payload(), reading_words(record), true);
    } else if (raw.type != wire_type::sgroup) {
      plain(at, raw.payload(), reading_words(record) + "; lowest byte first", false);
    }
    all(record.nested);
    if (raw.end_tag_size != 0) {
      tag(raw.offset + raw.bytes.size() - raw.end_tag_size, raw.end_tag(), wire_type::egroup,
          fmt::format("field {}, EGROUP", record.path));
    }
    for (const std::string& note : record.notes) text_ += "      ! " + note + "\n";
  }

  // The first byte ends in three bits of wire type.
  void tag(std::size_t at, codec::const_bytes bytes, wire_type type, const std::string& words) {
    const unsigned first = bytes[0];
    line(at, bytes[0],
         fmt::format("{} {} {}", first >> 7, bits(first >> 3 & 15, 4), bits(first & 7, 3)),
         fmt::format("{}{} = wire type {}; {}", bytes.size() > 1 ? "goes on; " : "",
                     bits(first & 7, 3), static_cast<int>(type), words));
    if (bytes.size() > 1) varint(at + 1, bytes.subspan(1), "higher bits of the field number");
  }

  void varint(std::size_t at, codec::const_bytes bytes, const std::string& words) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const unsigned byte = bytes[i];
      std::string meaning = i == 0 ? words : "7 bits above those";
      if (byte >= 0x80) meaning = i == 0 ? "goes on; " + meaning : "goes on; 7 bits above those";
      line(at + i, bytes[i], fmt::format("{} {}", byte >> 7, bits(byte & 0x7f, 7)), meaning);
    }
  }

  void plain(std::size_t at, codec::const_bytes bytes, const std::string& words, bool characters) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string meaning;
      if (characters && bytes[i] >= 0x20 && bytes[i] < 0x7f) {
        meaning = fmt::format("'{}'", static_cast<char>(bytes[i]));
      }
      if (i == 0) meaning += (meaning.empty() ? "" : "  ") + words;
      line(at + i, bytes[i], bits(bytes[i], 8), meaning);
    }
  }

  void line(std::size_t at, unsigned byte, const std::string& shown, const std::string& meaning) {
    std::string line = fmt::format("{:04x}  {:02x}  {:<10}  {}", at, byte, shown, meaning);
    line.erase(line.find_last_not_of(' ') + 1);
    text_ += line + "\n";
  }

  std::string text_;
};

}  // namespace

std::string bits_form(const std::vector<named_record>& records) {
  bit_lines lines;
  lines.all(records);
  return std::move(lines).take();
}

}  // namespace grpcwire::tools
