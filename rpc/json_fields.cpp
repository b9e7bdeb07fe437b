// Typed fields of JSON objects, by the JSON mapping of proto3.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <grpcwire/rpc/json_fields_internal.hpp>

namespace grpcwire::detail {
namespace {

using nlohmann::json;

constexpr std::size_t problems_max = 10;
constexpr std::size_t shown_max = 40;

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// All of the text, or nothing.
template <class T>
std::optional<T> from_text(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

std::optional<double> to_number(const json& value) {
  std::optional<double> number;
  if (value.is_number()) number = value.get<double>();
  if (value.is_string()) number = from_text<double>(value.get_ref<const std::string&>());
  if (number && !std::isfinite(*number)) return std::nullopt;
  return number;
}

/// Also 1e3 and 5.0, and all of them as strings. Too large ones may come out inexact.
std::optional<double> to_integer(const json& value) {
  const auto number = to_number(value);
  if (!number || *number != std::floor(*number)) return std::nullopt;
  return number;
}

/// What the JSON mapping makes of google.protobuf.Duration, "1.5s".
std::optional<std::chrono::nanoseconds> to_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string decimals;
  if (point != std::string_view::npos) {
    decimals = text.substr(point + 1);
    if (!is_digits(decimals) || decimals.size() > 9) return std::nullopt;
  }
  if (!is_digits(whole)) return std::nullopt;
  decimals.resize(9, '0');
  const auto seconds = from_text<std::int64_t>(whole);
  const std::int64_t nanoseconds = *from_text<std::int64_t>(decimals);
  // The range of google.protobuf.Duration is 10000 years, more than nanoseconds can hold.
  constexpr std::int64_t seconds_max = 315'576'000'000;
  if (!seconds || *seconds > seconds_max) return std::nullopt;
  constexpr std::int64_t most = std::chrono::nanoseconds::max().count();
  const bool fits = *seconds < most / 1'000'000'000;
  const std::int64_t count = fits ? *seconds * 1'000'000'000 + nanoseconds : most;
  return std::chrono::nanoseconds(negative ? -count : count);
}

std::string integer_rule(std::uint32_t least, std::uint32_t most, bool is_too_large) {
  if (most != std::numeric_limits<std::uint32_t>::max()) {
    return "an integer from " + std::to_string(least) + " to " + std::to_string(most);
  }
  if (is_too_large) return "an integer of at most " + std::to_string(most);
  return "an integer of at least " + std::to_string(least);
}

}  // namespace

void json_problems::add(std::string_view path, std::string_view text) {
  if (++count_ > problems_max + 1) return;
  if (!text_.empty()) text_ += "; ";
  if (count_ > problems_max) {
    text_ += "and more";
    return;
  }
  text_.append(path.empty() ? "the service config" : path).append(": ").append(text);
}

std::string shown(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  std::string text;
  if (value.is_string()) {
    // So much of it as can be shown, so that long values cost nothing.
    const auto& whole = value.get_ref<const std::string&>();
    text = json(whole.substr(0, shown_max)).dump(-1, ' ', true, json::error_handler_t::replace);
    if (whole.size() <= shown_max && text.size() <= shown_max) return text;
  } else {
    text = value.dump();
    if (text.size() <= shown_max) return text;
  }
  text.resize(std::min(text.size(), shown_max));
  return text + "...";
}

const json* json_object::find(const char* name) const {
  const auto found = value_->find(name);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

std::string json_object::path_of(const char* name) const {
  return path_.empty() ? name : path_ + '.' + name;
}

void json_object::fail(const char* name, std::string_view problem) const {
  problems_->add(path_of(name), problem);
}

void json_object::require(std::initializer_list<const char*> names) const {
  for (const char* name : names) {
    if (!has(name)) fail(name, "is missing");
  }
}

std::optional<bool> json_object::boolean(const char* name) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail(name, "must be true or false, is " + shown(*value));
  return std::nullopt;
}

std::optional<std::uint32_t> json_object::integer(const char* name, std::uint32_t least,
                                                  std::uint32_t most) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = to_integer(*value);
  if (number && *number >= least && *number <= most) return static_cast<std::uint32_t>(*number);
  const bool is_too_large = number && *number > most;
  fail(name, "must be " + integer_rule(least, most, is_too_large) + ", is " + shown(*value));
  return std::nullopt;
}

std::optional<double> json_object::number(const char* name) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = to_number(*value);
  if (!number) fail(name, "must be a number, is " + shown(*value));
  return number;
}

std::optional<std::string> json_object::text(const char* name) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  fail(name, "must be a string, is " + shown(*value));
  return std::nullopt;
}

std::optional<std::chrono::nanoseconds> json_object::duration(const char* name,
                                                              duration_rule rule) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  std::optional<std::chrono::nanoseconds> time;
  if (value->is_string()) time = to_duration(value->get_ref<const std::string&>());
  if (!time) {
    fail(name, "must be a duration like \"1.5s\", is " + shown(*value));
    return std::nullopt;
  }
  if (rule == duration_rule::positive && time->count() <= 0) {
    fail(name, "must be longer than 0s, is " + shown(*value));
    return std::nullopt;
  }
  if (time->count() < 0) {
    fail(name, "must not be negative, is " + shown(*value));
    return std::nullopt;
  }
  return time;
}

std::optional<json_object> json_object::object(const char* name) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  return json_field(*value, path_of(name), *problems_).object();
}

std::optional<std::vector<json_field>> json_object::list(const char* name) const {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) {
    fail(name, "must be an array, is " + shown(*value));
    return std::nullopt;
  }
  std::vector<json_field> fields;
  fields.reserve(value->size());
  const std::string path = path_of(name);
  for (const json& element : *value) {
    fields.emplace_back(element, path + '[' + std::to_string(fields.size()) + ']', *problems_);
  }
  return fields;
}

std::optional<json_object> json_field::object() const {
  if (value_->is_object()) return json_object(*value_, path_, *problems_);
  fail("must be an object, is " + shown(*value_));
  return std::nullopt;
}

}  // namespace grpcwire::detail
