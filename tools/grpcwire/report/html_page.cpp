#include "html_page.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "../recording/recording.hpp"
#include "page_template.hpp"

namespace grpcwire::tools {
namespace {

using nlohmann::json;

constexpr std::string_view place = "{{results}}";
constexpr std::size_t page_size_max = 950'000;  // bytes

// How much of a red cell the page shows; its folder has all of it.
struct budget {
  std::size_t log_size;    // bytes, of each log
  std::size_t frames;      // texts
  std::size_t frame_size;  // bytes, of each of them and of each command
};

// The more cells are red, the less there is room for. With the last one even a full matrix fits.
constexpr auto budgets = std::to_array<budget>({
    {6000, 80, 1600},
    {3000, 40, 800},
    {1500, 24, 400},
    {600, 12, 300},
    {200, 6, 200},
    {0, 0, 200},
});

bool continues_a_character(char c) {
  return (c & 0xc0) == 0x80;
}

// The end of a log says most, the beginning says what it is about.
std::string cut_middle(const std::string& text, std::size_t size) {
  if (text.size() <= size) return text;
  if (size == 0) return {};
  std::size_t first = size / 4;
  std::size_t last = text.size() - (size - size / 4);
  while (first > 0 && continues_a_character(text[first])) --first;
  while (last < text.size() && continues_a_character(text[last])) ++last;
  return fmt::format("{}\n… {} bytes left out …\n{}", text.substr(0, first), last - first,
                     text.substr(last));
}

std::string text_of(const json& cell, const char* key) {
  const auto found = cell.find(key);
  return found != cell.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The number that frame_lines() wrote in front.
std::optional<std::size_t> number_of(const std::string& frame) {
  const std::size_t first = frame.find_first_not_of(' ');
  if (first == std::string::npos) return std::nullopt;
  std::size_t number = 0;
  const auto [end, error] =
      std::from_chars(frame.data() + first, frame.data() + frame.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

json some_frames(std::vector<std::string> frames, std::optional<std::size_t> number,
                 const budget& b) {
  json kept = json::array();
  if (b.frames == 0) return kept;
  std::optional<std::size_t> fault;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (number && number_of(frames[i]) == number) fault = i;
  }
  for (const std::string& frame : shortened(std::move(frames), b.frames, fault)) {
    kept.push_back(cut_middle(frame, b.frame_size));
  }
  return kept;
}

json shown(const json& cell, const budget& b) {
  json out;
  for (const char* key : {"client", "server", "through", "case", "security", "outcome"}) {
    out[key] = text_of(cell, key);
  }
  for (const char* key : {"seconds", "attempts"}) {
    if (cell.contains(key) && cell[key].is_number()) out[key] = cell[key];
  }
  if (out["outcome"] == "pass") return out;
  out["reason"] = cut_middle(text_of(cell, "reason"), std::max<std::size_t>(b.log_size, 200));
  if (out["outcome"] == "skip") return out;
  out["folder"] = text_of(cell, "folder");
  for (const char* key : {"client_log", "server_log"}) {
    out[key] = cut_middle(text_of(cell, key), b.log_size);
  }
  out["commands"] = json::array();
  for (const json& command : cell.value("commands", json::array())) {
    if (command.is_string()) {
      out["commands"].push_back(cut_middle(command.get<std::string>(), b.frame_size));
    }
  }
  std::optional<std::size_t> fault;
  if (cell.contains("why") && cell["why"].is_object()) {
    out["why"] = cell["why"];
    const json& frame = cell["why"].value("frame", json());
    if (frame.is_number_integer()) fault = frame.get<std::size_t>();
  }
  std::vector<std::string> frames;
  for (const json& frame : cell.value("frames", json::array())) {
    if (frame.is_string()) frames.push_back(frame.get<std::string>());
  }
  out["frames"] = some_frames(std::move(frames), fault, b);
  return out;
}

// JSON that a script element may hold: nothing in it looks like a tag. Bytes that are no UTF-8
// become U+FFFD.
std::string script_text(const json& value) {
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

// What a list of cells is written as, or nothing when it would be longer than `size_max`.
std::optional<std::string> list_of(const json& cells, const budget& b, std::size_t size_max) {
  std::string list;
  for (const json& cell : cells) {
    if (!list.empty()) list += ',';
    list += script_text(shown(cell, b));
    if (list.size() > size_max) return std::nullopt;
  }
  return list;
}

}  // namespace

std::string html_page(const json& results) {
  json small;
  for (const char* key : {"made", "grpcwire", "implementations", "totals"}) {
    small[key] = results.value(key, json());
  }
  std::string head = script_text(small);
  head.pop_back();  // its brace: the cells follow
  const std::string_view page = page_template();
  const std::size_t at = page.find(place);
  std::string list;
  if (const auto cells = results.find("cells"); cells != results.end()) {
    const std::size_t taken = page.size() + head.size();
    const std::size_t left = page_size_max > taken ? page_size_max - taken : 0;
    for (const budget& b : budgets) {
      const bool last = &b == &budgets.back();
      if (auto fits = list_of(*cells, b, last ? std::string::npos : left)) {
        list = std::move(*fits);
        break;
      }
    }
  }
  return fmt::format("{}{},\"cells\":[{}]}}{}", page.substr(0, at), head, list,
                     page.substr(at + place.size()));
}

}  // namespace grpcwire::tools
