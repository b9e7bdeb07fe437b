#include "why_command.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exit_code.hpp"
#include "file_content.hpp"
#include "recording/recording.hpp"
#include "report/why.hpp"

namespace grpcwire::tools {
namespace {

// The text of the frame with its details.
std::string frame_text(const recording& r, std::size_t number) {
  const std::vector<std::string> all = frame_lines(r, static_cast<std::size_t>(-1));
  return number < all.size() ? all[number] : "";
}

}  // namespace

int run_why(const why_arguments& arguments) {
  const std::string client = content_of(arguments.client_file);
  const std::string server = content_of(arguments.server_file);
  const std::string client_log = content_of(arguments.client_log_file);
  const std::string key_log = content_of(arguments.key_log_file);
  const recording r = recording_of_files(client, server, key_log);
  const nlohmann::json answer = why(r, arguments.case_name, client_log);
  fmt::print("{}\n", answer["sentence"].get<std::string>());
  if (answer["frame"].is_number()) {
    fmt::print("\n{}\n\n", frame_text(r, answer["frame"].get<std::size_t>()));
  }
  for (const char* key : {"rule", "section", "hint"}) {
    const auto text = answer[key].get<std::string>();
    if (!text.empty()) fmt::print("{:<8} {}\n", std::string(key) + ":", text);
  }
  return answer["section"].get<std::string>().empty() ? exit_fine : exit_broken_rules;
}

}  // namespace grpcwire::tools
