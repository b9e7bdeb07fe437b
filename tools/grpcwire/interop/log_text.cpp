#include "log_text.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <system_error>

#include <fmt/format.h>

namespace grpcwire::tools {
namespace {

constexpr std::size_t line_bytes_max = 300;
constexpr std::string_view blank = " \t\r\n";

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blank) - begin + 1);
}

template <class Fits>
std::string last_line_that(std::string_view log, Fits fits) {
  while (!log.empty()) {
    const std::size_t end = log.rfind('\n');
    const std::size_t begin = end == std::string_view::npos ? 0 : end + 1;
    const std::string_view line = trimmed(log.substr(begin)).substr(0, line_bytes_max);
    if (!line.empty() && fits(line)) return std::string(line);
    log = log.substr(0, begin == 0 ? 0 : end);
  }
  return {};
}

}  // namespace

std::string read_tail(const std::filesystem::path& file, std::uintmax_t from, std::size_t most) {
  const std::uintmax_t size = size_of(file);
  if (size <= from) return {};
  const std::uintmax_t begin = std::max(from, size > most ? size - most : 0);
  std::ifstream stream(file, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(begin));
  std::string text(static_cast<std::size_t>(size - begin), '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::uintmax_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

std::string last_line(std::string_view log) {
  return last_line_that(log, [](std::string_view) { return true; });
}

std::string telling_line(std::string_view log, const std::string& pattern) {
  if (pattern.empty()) return last_line(log);
  const std::regex wanted(pattern);
  std::string found = last_line_that(log, [&](std::string_view line) {
    return std::regex_search(line.begin(), line.end(), wanted);
  });
  return found.empty() ? last_line(log) : found;
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string shell_command(const std::vector<std::string>& words,
                          const std::map<std::string, std::string>& environment) {
  std::string line;
  for (const auto& [key, value] : environment) line += key + "=" + shell_quoted(value) + " ";
  for (const std::string& word : words) line += shell_quoted(word) + " ";
  if (!line.empty()) line.pop_back();
  return line;
}

}  // namespace grpcwire::tools
