#include "read_implementation.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <span>
#include <system_error>

#include <fmt/format.h>

#include "json_fields.hpp"
#include "placeholders.hpp"
#include "test_case_names.hpp"

namespace grpcwire::tools {
namespace {

enum class role : std::uint8_t { client, server, proxy };

constexpr std::string_view name_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

// What each kind of text may refer to.
constexpr std::array<std::string_view, 5> folder_names{"bin", "build", "peers", "certificates",
                                                       "folder"};
constexpr std::array<std::string_view, 12> run_names{
    "bin",  "build", "peers",       "certificates", "folder", "host",
    "port", "ca",    "server_name", "case",         "out",    "key_log"};

using known_names = std::span<const std::string_view>;

void check_placeholders(const json_fields& in, std::string_view field, std::string_view text,
                        known_names known, bool is_proxy) {
  for (const std::string& found : placeholders_in(text)) {
    if (std::ranges::find(known, found) != known.end()) continue;
    if (is_proxy && found == "server_port") continue;
    in.fail(field, fmt::format("{{{}}} is not known; there are {{{}}}{}", found,
                               fmt::join(known, "}, {"), is_proxy ? ", {server_port}" : ""));
  }
}

void check_all(const json_fields& in, std::string_view field, const std::vector<std::string>& texts,
               known_names known, bool is_proxy = false) {
  for (const std::string& text : texts) check_placeholders(in, field, text, known, is_proxy);
}

std::string regular_expression(const json_fields& in, std::string_view field, unsigned groups) {
  const std::string text = in.text_or(field, "");
  if (text.empty()) return text;
  try {
    if (std::regex(text).mark_count() < groups) {
      in.fail(field, "needs a pair of parentheses around what is looked for");
    }
  } catch (const std::regex_error& error) {
    in.fail(field, fmt::format("is no regular expression (ECMAScript): {}", error.what()));
  }
  return text;
}

cell_pattern read_pattern(const json_fields& from) {
  cell_pattern which;
  which.cases = from.text_or("cases", "*");
  which.security = from.text_or("security", "*");
  if (!names_a_test_case(which.cases)) {
    from.fail("cases", fmt::format("\"{}\" fits no test case; there are {}", which.cases,
                                   test_case_list(", ")));
  }
  if (which.security != "*" && which.security != "plaintext" && which.security != "tls") {
    from.fail("security", "must be plaintext, tls or *");
  }
  return which;
}

std::vector<file_template> read_files(const json_fields& from, bool is_proxy) {
  std::vector<file_template> files;
  if (!from.has("files")) return files;
  const json_fields all = from.object("files");
  for (const auto& [name, parts] : all.value().items()) {
    if (name.empty() || name.find('/') != std::string::npos || name.front() == '.') {
      all.fail(name, "is no plain file name");
    }
    if (!parts.is_array()) all.fail(name, "must be a list of lines");
    file_template file{name, {}};
    for (const nlohmann::json& part : parts) {
      const bool is_file =
          part.is_object() && part.size() == 1 && part.contains("file") && part["file"].is_string();
      if (!is_file && !part.is_string()) {
        all.fail(name, "must have texts and objects {\"file\": \"PATH\"} in it");
      }
      const nlohmann::json& text = is_file ? part["file"] : part;
      file.parts.push_back({is_file, text.get<std::string>()});
      check_placeholders(all, name, file.parts.back().text, run_names, is_proxy);
    }
    files.push_back(std::move(file));
  }
  return files;
}

security_part read_security(const json_fields& of, std::string_view which, role r) {
  security_part part;
  if (!of.has(which)) return part;
  const json_fields from = of.object(which);
  if (r == role::server) {
    from.allow_only({"arguments", "files", "ca"});
    part.ca = from.text_or("ca", "");
    check_placeholders(from, "ca", part.ca, folder_names, false);
  } else {
    from.allow_only({"arguments", "files"});
  }
  part.arguments = from.texts_if_any("arguments");
  check_all(from, "arguments", part.arguments, run_names, r == role::proxy);
  part.files = read_files(from, r == role::proxy);
  return part;
}

void read_readiness(const json_fields& of, program& to) {
  if (!of.has("ready")) return;
  const json_fields from = of.object("ready");
  from.allow_only({"line", "seconds"});
  to.ready_line = regular_expression(from, "line", 1);
  to.ready_limit = std::chrono::seconds(from.number_or("seconds", 20, 1, 600));
}

program read_program(const json_fields& from, role r) {
  if (r == role::client) {
    from.allow_only({"command", "plaintext", "tls", "for_cases", "unsupported", "failure_line"});
  } else {
    from.allow_only(
        {"command", "plaintext", "tls", "for_cases", "unsupported", "ready", "ignored_exit_codes"});
  }
  const bool is_proxy = r == role::proxy;
  program read;
  read.command = from.texts("command");
  check_all(from, "command", read.command, run_names, is_proxy);
  read.plaintext = read_security(from, "plaintext", r);
  read.tls = read_security(from, "tls", r);
  for (const json_fields& more : from.objects_if_any("for_cases")) {
    more.allow_only({"cases", "security", "arguments"});
    read.for_cases.push_back({read_pattern(more), more.texts("arguments")});
    check_all(more, "arguments", read.for_cases.back().arguments, run_names, is_proxy);
  }
  for (const json_fields& not_these : from.objects_if_any("unsupported")) {
    not_these.allow_only({"cases", "security", "reason"});
    read.unsupported.push_back({read_pattern(not_these), not_these.text("reason")});
  }
  read.failure_line = regular_expression(from, "failure_line", 0);
  read_readiness(from, read);
  read.ignored_exit_codes = from.numbers_if_any("ignored_exit_codes");
  return read;
}

need read_need(const json_fields& from) {
  from.allow_only({"file", "command", "reason", "remedy"});
  need read;
  if (from.has("file") == from.has("command")) {
    from.fail("", "needs either a \"file\" or a \"command\"");
  }
  read.file = from.text_or("file", "");
  check_placeholders(from, "file", read.file, folder_names, false);
  read.command = from.texts_if_any("command");
  check_all(from, "command", read.command, folder_names);
  read.reason = from.text("reason");
  read.remedy = from.text("remedy");
  return read;
}

void read_version(const json_fields& of, implementation& to) {
  if (!of.has("version")) return;
  if (of.value("version").is_string()) {
    to.version = of.text("version");
    return;
  }
  const json_fields from = of.object("version");
  from.allow_only({"command", "line"});
  to.version_command = from.texts("command");
  check_all(from, "command", to.version_command, folder_names);
  to.version_line = regular_expression(from, "line", 1);
}

}  // namespace

implementation read_implementation(const nlohmann::json& description,
                                   const std::filesystem::path& file) {
  const json_fields from(description, file.string());
  from.allow_only({"name", "notes", "version", "needs", "environment", "working_directory", "tap",
                   "client", "server", "proxy"});
  implementation read;
  read.file = file;
  read.name = from.text("name");
  if (read.name.find_first_not_of(name_letters) != std::string::npos || read.name[0] == '.') {
    from.fail("name", "may have letters, digits and _ . + - in it: it becomes part of file names");
  }
  read.notes = from.text_or("notes", "");
  read_version(from, read);
  for (const json_fields& one : from.objects_if_any("needs")) read.needs.push_back(read_need(one));
  read.environment = from.text_map_if_any("environment");
  for (const auto& [ignored, value] : read.environment) {
    check_placeholders(from, "environment", value, run_names, false);
  }
  read.working_directory = from.text_or("working_directory", "");
  check_placeholders(from, "working_directory", read.working_directory, folder_names, false);
  read.tap = from.flag_or("tap", true);
  if (from.has("client")) read.client = read_program(from.object("client"), role::client);
  if (from.has("server")) read.server = read_program(from.object("server"), role::server);
  if (from.has("proxy")) read.proxy = read_program(from.object("proxy"), role::proxy);
  if (!read.client && !read.server && !read.proxy) {
    from.fail("", "has neither a \"client\" nor a \"server\" nor a \"proxy\"");
  }
  return read;
}

std::vector<implementation> read_implementations(
    const std::vector<std::filesystem::path>& folders) {
  std::vector<implementation> all;
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    if (error) {
      throw description_error(fmt::format("cannot read the folder {} of implementations: {}",
                                          folder.string(), error.message()));
    }
    std::ranges::sort(files);
    for (const std::filesystem::path& file : files) {
      implementation read = read_implementation(read_json_file(file), file);
      const auto twin = std::ranges::find(all, read.name, &implementation::name);
      if (twin != all.end()) {
        throw description_error(fmt::format("{}: name: {} has the name \"{}\" already",
                                            file.string(), twin->file.string(), read.name));
      }
      all.push_back(std::move(read));
    }
  }
  std::ranges::sort(all, {}, &implementation::name);
  return all;
}

}  // namespace grpcwire::tools
