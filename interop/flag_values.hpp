// Flags as the interop programs of all languages spell them, on top of CLI11.
#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace grpcwire::interop {

/// `--name`, `--name=false` and `--name false` all work: Go, C++ and Ruby each have their habit.
CLI::Option* add_bool(CLI::App& app, const std::string& name, bool& value, const std::string& help);

/// A flag that others have and this program has not, yet: any value that would switch it on ends
/// the program with `why`, because a test that silently tests less is worse than none.
void refuse_true(CLI::App& app, const std::string& name, std::string_view why);
void refuse_text(CLI::App& app, const std::string& name, std::string_view why);

/// What to do after parsing: go on, or end with this exit code. Messages are printed already.
struct parse_outcome {
  bool go_on = true;
  int exit_code = 0;
};
parse_outcome parse(CLI::App& app, int argc, char** argv);

}  // namespace grpcwire::interop
