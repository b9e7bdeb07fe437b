#include "start_of_program.hpp"

#include <fmt/format.h>

#include "../file_content.hpp"
#include "log_text.hpp"
#include "run_settings.hpp"

namespace grpcwire::tools {

launch make_launch(const program_start& how) {
  launch l;
  l.command = expand(how.what->command, how.values);
  for (const auto& more : {how.what->part(how.security).arguments,
                           how.what->arguments_for(how.case_name, how.security)}) {
    for (const std::string& word : more) l.command.push_back(expand(word, how.values));
  }
  for (const auto& [key, value] : how.from->environment) {
    l.environment[key] = expand(value, how.values);
  }
  l.working_directory = how.folder;
  if (!how.from->working_directory.empty()) {
    l.working_directory = expand(how.from->working_directory, how.values);
  }
  l.log = how.folder / how.log_name;
  return l;
}

std::string command_line(const program_start& how) {
  const launch l = make_launch(how);
  std::string line = shell_command(l.command, l.environment);
  if (how.from->working_directory.empty()) return line;
  return fmt::format("cd {} && {}", shell_quoted(l.working_directory.string()), line);
}

void write_files(const program_start& how) {
  for (const file_template& file : how.what->part(how.security).files) {
    std::string content;
    for (const file_template::part& p : file.parts) {
      const std::string text = expand(p.text, how.values);
      content += p.is_file ? content_of(text) : text + "\n";
    }
    write_file(how.folder / file.name, content);
  }
}

placeholder_values values_of(const placeholder_values& folders, const cell_values& c,
                             const std::filesystem::path& folder) {
  placeholder_values values = folders;
  values["host"] = loopback;
  values["server_name"] = server_name;
  values["case"] = c.case_name;
  values["ca"] = c.ca;
  values["out"] = folder.string();
  values["key_log"] = (folder / "keys.txt").string();
  return values;
}

}  // namespace grpcwire::tools
