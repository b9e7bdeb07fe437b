#include "json_fields.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "../file_content.hpp"

namespace grpcwire::tools {

nlohmann::json read_json_file(const std::filesystem::path& file) {
  try {
    return nlohmann::json::parse(content_of(file));
  } catch (const nlohmann::json::parse_error& error) {
    const std::string_view words = error.what();
    const std::size_t id = words.find("] ");  // [json.exception.parse_error.101]
    throw description_error(fmt::format(
        "{}: {}", file.string(), id == std::string_view::npos ? words : words.substr(id + 2)));
  } catch (const nlohmann::json::exception& error) {
    throw description_error(fmt::format("{}: {}", file.string(), error.what()));
  } catch (const std::runtime_error& error) {
    throw description_error(error.what());
  }
}

json_fields::json_fields(const nlohmann::json& value, std::string file, std::string path)
    : value_(&value), file_(std::move(file)), path_(std::move(path)) {
  if (!value.is_object()) fail("", "must be an object, {…}");
}

void json_fields::allow_only(std::initializer_list<std::string_view> names) const {
  for (const auto& [name, ignored] : value_->items()) {
    if (std::ranges::find(names, name) != names.end()) continue;
    fail(name, fmt::format("is not known; the fields here are {}", fmt::join(names, ", ")));
  }
}

bool json_fields::has(std::string_view name) const {
  return value_->contains(std::string(name));
}

const nlohmann::json& json_fields::value(std::string_view name) const {
  const auto found = value_->find(std::string(name));
  if (found == value_->end()) fail(name, "is missing");
  return *found;
}

std::string json_fields::text(std::string_view name) const {
  const nlohmann::json& found = value(name);
  if (!found.is_string() || found.get_ref<const std::string&>().empty()) {
    fail(name, "must be a text that is not empty");
  }
  return found.get<std::string>();
}

std::vector<std::string> json_fields::texts(std::string_view name) const {
  const nlohmann::json& found = value(name);
  const auto is_text = [](const nlohmann::json& item) { return item.is_string(); };
  if (!found.is_array() || found.empty() || !std::ranges::all_of(found, is_text)) {
    fail(name, "must be a list of texts that is not empty");
  }
  return found.get<std::vector<std::string>>();
}

json_fields json_fields::object(std::string_view name) const {
  return {value(name), file_, path_of(name)};
}

std::string json_fields::text_or(std::string_view name, std::string_view otherwise) const {
  return has(name) ? text(name) : std::string(otherwise);
}

bool json_fields::flag_or(std::string_view name, bool otherwise) const {
  if (!has(name)) return otherwise;
  if (!value(name).is_boolean()) fail(name, "must be true or false");
  return value(name).get<bool>();
}

int json_fields::number_or(std::string_view name, int otherwise, int least, int most) const {
  if (!has(name)) return otherwise;
  const nlohmann::json& found = value(name);
  const bool fits = found.is_number_integer() && found >= least && found <= most;
  if (!fits) fail(name, fmt::format("must be a number from {} to {}", least, most));
  return found.get<int>();
}

std::vector<std::string> json_fields::texts_if_any(std::string_view name) const {
  if (!has(name) || (value(name).is_array() && value(name).empty())) return {};
  return texts(name);
}

std::vector<int> json_fields::numbers_if_any(std::string_view name) const {
  if (!has(name)) return {};
  const auto is_number = [](const nlohmann::json& item) { return item.is_number_integer(); };
  if (!value(name).is_array() || !std::ranges::all_of(value(name), is_number)) {
    fail(name, "must be a list of numbers");
  }
  return value(name).get<std::vector<int>>();
}

std::vector<json_fields> json_fields::objects_if_any(std::string_view name) const {
  std::vector<json_fields> all;
  if (!has(name)) return all;
  const nlohmann::json& found = value(name);
  if (!found.is_array()) fail(name, "must be a list of objects");
  for (std::size_t i = 0; i < found.size(); ++i) {
    all.emplace_back(found[i], file_, fmt::format("{}[{}]", path_of(name), i));
  }
  return all;
}

std::map<std::string, std::string> json_fields::text_map_if_any(std::string_view name) const {
  if (!has(name)) return {};
  const nlohmann::json& found = value(name);
  const auto is_text = [](const nlohmann::json& item) { return item.is_string(); };
  if (!found.is_object() || !std::ranges::all_of(found, is_text)) {
    fail(name, "must be an object whose values are texts");
  }
  return found.get<std::map<std::string, std::string>>();
}

void json_fields::fail(std::string_view name, std::string_view what) const {
  const std::string path = path_of(name);
  throw description_error(fmt::format("{}: {}{}{}", file_, path, path.empty() ? "" : ": ", what));
}

std::string json_fields::path_of(std::string_view name) const {
  if (path_.empty() || name.empty()) return path_ + std::string(name);
  return path_ + "." + std::string(name);
}

}  // namespace grpcwire::tools
