#include "placeholders.hpp"

namespace grpcwire::tools {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";

// How long the placeholder at the beginning of the text is, with its braces; 0 when there is none.
std::size_t placeholder_length(std::string_view text) {
  if (text.empty() || text.front() != '{') return 0;
  const std::size_t end = text.find_first_not_of(letters, 1);
  if (end == std::string_view::npos || end == 1 || text[end] != '}') return 0;
  return end + 1;
}

}  // namespace

std::vector<std::string> placeholders_in(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t length = placeholder_length(text.substr(at));
    if (length > 0) names.emplace_back(text.substr(at + 1, length - 2));
  }
  return names;
}

std::string expand(std::string_view text, const placeholder_values& values) {
  std::string expanded;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = placeholder_length(text.substr(at));
    const auto found = length > 0 ? values.find(text.substr(at + 1, length - 2)) : values.end();
    if (found == values.end()) {
      expanded += text[at++];
    } else {
      expanded += found->second;
      at += length;
    }
  }
  return expanded;
}

std::vector<std::string> expand(const std::vector<std::string>& texts,
                                const placeholder_values& values) {
  std::vector<std::string> expanded;
  for (const std::string& text : texts) expanded.push_back(expand(text, values));
  return expanded;
}

}  // namespace grpcwire::tools
