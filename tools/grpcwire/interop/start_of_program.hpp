// From the description of a program to the command, environment and files of one start.
#pragma once

#include <filesystem>
#include <string>

#include "child_process.hpp"
#include "implementation.hpp"
#include "placeholders.hpp"

namespace grpcwire::tools {

struct program_start {
  const implementation* from = nullptr;
  const program* what = nullptr;
  std::string case_name;
  tools::security security = security::plaintext;
  std::filesystem::path folder;  ///< exists; what it writes goes here
  std::string log_name;          ///< in that folder
  placeholder_values values;     ///< of all {names} that it may use
};

/// What is started.
launch make_launch(const program_start& how);

/// The same as a line for a shell.
std::string command_line(const program_start& how);

/// Writes its configuration files. Throws std::runtime_error.
void write_files(const program_start& how);

/// What all programs of a cell may refer to, but the port.
struct cell_values {
  std::string case_name;
  std::string ca;
};
placeholder_values values_of(const placeholder_values& folders, const cell_values& c,
                             const std::filesystem::path& folder);

}  // namespace grpcwire::tools
