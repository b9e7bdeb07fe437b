// Reads the option list of --grpcwire_out and says in plain words what is wrong with it.
#include "options.hpp"

#include <set>
#include <string_view>
#include <utility>

#include <google/protobuf/compiler/code_generator.h>

#include "names.hpp"

namespace grpcwire::protoc_gen {

const char* const options_help =
    "options: lite, mock, always, namespace=a::b"
    " (write namespace=a.b before the colon of --grpcwire_out, where protoc reads a:: as the end"
    " of the options)";

namespace {

/// `a::b` or `a.b` as {a, b}; empty when it is no namespace.
std::vector<std::string> split_namespace(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find_first_of(".:");
    const std::string part{text.substr(0, end)};
    if (!is_identifier(part) || is_keyword(part)) return {};
    parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    const bool dot = text[end] == '.';
    if (!dot && text.substr(end, 2) != "::") return {};
    text.remove_prefix(end + (dot ? 1 : 2));
  }
}

bool set_flag(const std::string& key, const std::string& value, bool& flag, std::string& error) {
  if (!value.empty()) {
    error = "option \"" + key + "\" takes no value, but got \"" + value + "\"";
    return false;
  }
  flag = true;
  return true;
}

}  // namespace

bool parse_options(const std::string& text, options& parsed, std::string& error) {
  std::vector<std::pair<std::string, std::string>> pairs;
  google::protobuf::compiler::ParseGeneratorParameter(text, &pairs);
  std::set<std::string> seen;
  for (const auto& [key, value] : pairs) {
    if (!seen.insert(key).second) {
      error = "option \"" + key + "\" is given twice";
      return false;
    }
    if (key == "lite") {
      if (!set_flag(key, value, parsed.lite, error)) return false;
    } else if (key == "mock") {
      if (!set_flag(key, value, parsed.mock, error)) return false;
    } else if (key == "always") {
      if (!set_flag(key, value, parsed.always, error)) return false;
    } else if (key == "namespace") {
      parsed.name_space = split_namespace(value);
      if (parsed.name_space.empty()) {
        error = "option \"namespace\" wants C++ names like a::b or a.b, but got \"" + value + "\"";
        return false;
      }
    } else {
      error = "unknown option \"" + key + "\"; " + options_help;
      return false;
    }
  }
  return true;
}

}  // namespace grpcwire::protoc_gen
