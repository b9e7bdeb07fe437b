// Protobuf hands over comments as blocks of text; C++ gets them line by line, so that nothing
// inside can end or extend the comment.
#include "comments.hpp"

#include <algorithm>
#include <utility>

namespace grpcwire::protoc_gen {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // A block that opens with two stars leaves one of them in the text.
    if (lines.empty() && line.starts_with('*')) line.remove_prefix(1);
    const std::size_t last = line.find_last_not_of(" \t\r\v\f");
    std::string kept{line.substr(0, last == std::string_view::npos ? 0 : last + 1)};
    if (!kept.empty() && kept.front() != ' ') kept.insert(kept.begin(), ' ');
    if (kept.ends_with('\\')) kept += " //";
    lines.push_back(std::move(kept));
  }
  const auto blank = [](const std::string& line) { return line.empty(); };
  lines.erase(lines.begin(), std::ranges::find_if_not(lines, blank));
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

}  // namespace

std::vector<std::string> comment_lines(std::string_view leading, std::string_view trailing) {
  std::vector<std::string> lines = split(leading);
  std::vector<std::string> behind = split(trailing);
  if (!lines.empty() && !behind.empty()) lines.emplace_back();
  lines.insert(lines.end(), std::make_move_iterator(behind.begin()),
               std::make_move_iterator(behind.end()));
  return lines;
}

}  // namespace grpcwire::protoc_gen
