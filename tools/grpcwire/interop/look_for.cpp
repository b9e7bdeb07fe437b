#include "look_for.hpp"

#include <optional>
#include <regex>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "child_process.hpp"
#include "log_text.hpp"

namespace grpcwire::tools {
namespace {

constexpr std::chrono::seconds command_limit{20};
constexpr std::size_t output_max = 65'536;

struct answer {
  bool good = false;
  std::string output;
};

answer ask(const std::vector<std::string>& command, const implementation& i,
           const placeholder_values& values, const std::filesystem::path& scratch) {
  launch what{expand(command, values), {}, scratch, scratch / (i.name + ".answer")};
  std::error_code ignored;
  std::filesystem::remove(what.log, ignored);
  const auto ended = run_command(what, command_limit);
  answer a{ended && ended->good(), read_tail(what.log, 0, output_max)};
  std::filesystem::remove(what.log, ignored);
  return a;
}

// The first line with something in it, or what the expression finds.
std::string version_in(const std::string& output, const std::string& pattern) {
  std::smatch found;
  const std::regex wanted(pattern.empty() ? "([^\\s][^\\r\\n]*)" : pattern);
  return std::regex_search(output, found, wanted) ? found[1].str() : "unknown";
}

}  // namespace

void look_for(const std::vector<implementation*>& which, const run_settings& settings,
              const std::filesystem::path& scratch) {
  for (implementation* const looked_for : which) {
    implementation& i = *looked_for;
    const placeholder_values values = settings.folders(i.file);
    for (const need& n : i.needs) {
      std::error_code ignored;
      const bool there = n.file.empty() ? ask(n.command, i, values, scratch).good
                                        : std::filesystem::exists(expand(n.file, values), ignored);
      if (there) continue;
      i.missing = fmt::format("{}; {}", expand(n.reason, values), expand(n.remedy, values));
      break;
    }
    if (i.missing || i.version_command.empty()) continue;
    const answer a = ask(i.version_command, i, values, scratch);
    i.version = a.good ? version_in(a.output, i.version_line) : "unknown";
  }
}

}  // namespace grpcwire::tools
