// Columns: the hex form and the table.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "../text_forms.hpp"
#include "record_forms.hpp"
#include "record_words.hpp"

namespace grpcwire::tools {
namespace {

using codec::wire_type;

constexpr std::size_t payload_shown_max = 12;  // bytes
constexpr std::size_t bytes_shown_max = 32;
constexpr std::size_t cell_width_max = 48;  // wider cells only push the rest of their own line

template <std::size_t Columns>
std::string aligned(const std::vector<std::array<std::string, Columns>>& rows) {
  std::array<std::size_t, Columns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < Columns; ++i) {
      const std::size_t width = columns(row[i]);
      if (width <= cell_width_max) widths[i] = std::max(widths[i], width);
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < Columns; ++i) {
      line += padded(row[i], i + 1 < Columns ? widths[i] + 2 : 0);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string with_notes(std::string words, const named_record& record) {
  for (const std::string& note : record.notes) words += (words.empty() ? "! " : "  ! ") + note;
  return words;
}

using table_row = std::array<std::string, 6>;

void add_rows(const std::vector<named_record>& records, std::vector<table_row>& to) {
  for (const named_record& record : records) {
    const codec::raw_record& raw = *record.record;
    const bool holds = !record.nested.empty();
    to.push_back({std::to_string(raw.offset), field_words(record),
                  fmt::format("{} {}", static_cast<int>(raw.type), codec::name(raw.type)),
                  std::to_string(raw.payload().size()),
                  holds ? "below" : hex(raw.payload(), payload_shown_max),
                  with_notes(reading_words(record), record)});
    add_rows(record.nested, to);
    if (raw.end_tag_size != 0) {
      to.push_back({std::to_string(raw.offset + raw.bytes.size() - raw.end_tag_size), record.path,
                    "4 EGROUP", "0", "", "the end of the group"});
    }
  }
}

using hex_row = std::array<std::string, 3>;

void add_lines(const std::vector<named_record>& records, std::vector<hex_row>& to,
               std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  const auto offset = [](std::size_t at) { return fmt::format("{:04x}", at); };
  for (const named_record& record : records) {
    const codec::raw_record& raw = *record.record;
    const bool holds = !record.nested.empty();
    std::string words = fmt::format("{} {}", field_words(record), codec::name(raw.type));
    if (raw.type == wire_type::len) words += fmt::format(" {}", raw.payload().size());
    const std::string readings = with_notes(reading_words(record), record);
    if (!readings.empty()) words += ": " + readings;
    const std::size_t shown = holds || raw.type == wire_type::sgroup
                                  ? std::size_t{raw.tag_size} + raw.length_size
                                  : raw.bytes.size();
    to.push_back(
        {offset(raw.offset), indent + hex(raw.bytes.first(shown), bytes_shown_max), words});
    add_lines(record.nested, to, depth + 1);
    if (raw.end_tag_size != 0) {
      to.push_back({offset(raw.offset + raw.bytes.size() - raw.end_tag_size),
                    indent + hex(raw.end_tag()), record.path + " EGROUP"});
    }
  }
}

}  // namespace

std::string table_form(const std::vector<named_record>& records) {
  std::vector<table_row> rows = {
      {"offset", "field", "wire type", "length", "payload", "reading | other readings"}};
  add_rows(records, rows);
  return aligned(rows);
}

std::string hex_form(const std::vector<named_record>& records) {
  std::vector<hex_row> rows;
  add_lines(records, rows, 0);
  return aligned(rows);
}

}  // namespace grpcwire::tools
