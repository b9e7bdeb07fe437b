// Reading JSON text and its fields by the JSON mapping of proto3, and keeping what is wrong with
// them by their paths. Only .cpp files include this: nlohmann-json is no business of users.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <grpcwire/rpc/service_config.hpp>

namespace grpcwire::detail {

/// Up to ten problems, each with the path of its field; of more it is only said that they are
/// there.
class json_problems {
 public:
  void add(std::string_view path, std::string_view text);
  bool empty() const noexcept { return count_ == 0; }
  std::size_t count() const noexcept { return count_; }
  const std::string& text() const noexcept { return text_; }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

/// A value as an error shows it: short, ASCII, without line breaks.
std::string shown(const nlohmann::json& value);

/// The whole text. Gives what is wrong with it, by line and column or by the path of a name that is
/// there twice; empty: nothing.
std::string parse_json(std::string_view text, const service_config_limits& limits,
                       nlohmann::json& tree);

enum class duration_rule : std::uint8_t { not_negative, positive };

class json_field;

/// A view of a JSON object. Its functions give the field with that name; nothing when it is not
/// there, is null, or is not what was asked for, which is then a problem.
class json_object {
 public:
  using json = nlohmann::json;

  /// All three outlive this view. The value is an object.
  json_object(const json& value, std::string path, json_problems& problems)
      : value_(&value), path_(std::move(path)), problems_(&problems) {}

  bool has(const char* name) const { return find(name) != nullptr; }
  void require(std::initializer_list<const char*> names) const;

  std::optional<bool> boolean(const char* name) const;
  std::optional<std::uint32_t> integer(
      const char* name, std::uint32_t least = 0,
      std::uint32_t most = std::numeric_limits<std::uint32_t>::max()) const;
  std::optional<double> number(const char* name) const;
  std::optional<std::string> text(const char* name) const;
  /// Longer than what fits becomes the longest one.
  std::optional<std::chrono::nanoseconds> duration(const char* name, duration_rule rule) const;
  std::optional<json_object> object(const char* name) const;
  /// Its elements.
  std::optional<std::vector<json_field>> list(const char* name) const;

  void fail(const char* name, std::string_view problem) const;
  std::string path_of(const char* name) const;
  const std::string& path() const noexcept { return path_; }
  const json& value() const noexcept { return *value_; }
  json_problems& problems() const noexcept { return *problems_; }

 private:
  const json* find(const char* name) const;  // null for null, too

  const json* value_;
  std::string path_;
  json_problems* problems_;
};

/// An element of a list.
class json_field {
 public:
  json_field(const nlohmann::json& value, std::string path, json_problems& problems)
      : value_(&value), path_(std::move(path)), problems_(&problems) {}

  std::optional<json_object> object() const;
  void fail(std::string_view problem) const { problems_->add(path_, problem); }
  const std::string& path() const noexcept { return path_; }
  const nlohmann::json& value() const noexcept { return *value_; }

 private:
  const nlohmann::json* value_;
  std::string path_;
  json_problems* problems_;
};

/// The first policy of the list `name` that is built in or custom; the field is there.
std::optional<load_balancing_policy> first_supported_policy(
    const json_object& owner, const char* name, std::span<const std::string> custom_policies);

/// A policy that is only named, with its default configuration.
std::optional<load_balancing_policy> named_policy(const json_object& owner, const char* name,
                                                  std::span<const std::string> custom_policies);

}  // namespace grpcwire::detail
