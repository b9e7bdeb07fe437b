// Reads JSON files that people write: every error names the file and the field.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace grpcwire::tools {

/// `go.json: server.ready.seconds: must be …`.
class description_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads a whole file. Throws description_error with the line when it is no JSON.
nlohmann::json read_json_file(const std::filesystem::path& file);

/// An object of a JSON document and where it stands. It refers to the document.
class json_fields {
 public:
  /// `file` is what errors call it, `path` where the object stands in it; empty: at the top.
  json_fields(const nlohmann::json& value, std::string file, std::string path = {});

  /// Throws when there is a field with another name: a mistyped one would do nothing.
  void allow_only(std::initializer_list<std::string_view> names) const;

  bool has(std::string_view name) const;

  /// These throw when the field is missing or of another kind. Texts must not be empty.
  std::string text(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  json_fields object(std::string_view name) const;

  /// These give the other value, or nothing at all, when the field is missing.
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  bool flag_or(std::string_view name, bool otherwise) const;
  int number_or(std::string_view name, int otherwise, int least, int most) const;
  std::vector<std::string> texts_if_any(std::string_view name) const;
  std::vector<int> numbers_if_any(std::string_view name) const;
  std::vector<json_fields> objects_if_any(std::string_view name) const;
  std::map<std::string, std::string> text_map_if_any(std::string_view name) const;

  const nlohmann::json& value() const { return *value_; }
  const nlohmann::json& value(std::string_view name) const;

  [[noreturn]] void fail(std::string_view name, std::string_view what) const;

 private:
  std::string path_of(std::string_view name) const;

  const nlohmann::json* value_;
  std::string file_;
  std::string path_;
};

}  // namespace grpcwire::tools
