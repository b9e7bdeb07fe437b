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
  std::string contents[4];
  const std::string* const paths[4] = {&arguments.client_file, &arguments.server_file,
                                       &arguments.client_log_file, &arguments.key_log_file};
  for (int i = 0; i < 4; ++i) {
    auto content = read_file(*paths[i]);
    if (!content) {
      fmt::print(stderr, "grpcwire: cannot read {}: {}\n", *paths[i], content.error().message());
      return exit_failed;
    }
    contents[i] = std::move(*content);
  }
  const recording r = recording_of_files(contents[0], contents[1], contents[3]);
  const nlohmann::json answer = why(r, arguments.case_name, contents[2]);
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
