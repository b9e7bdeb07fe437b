// The command line of `grpcwire interop`.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "matrix.hpp"

namespace grpcwire::tools {

struct interop_arguments {
  selection chosen;
  std::vector<std::string> implementations;  ///< folders, besides that of the project
  std::string expected;                      ///< a file; empty: no cell is expected to fail
  std::string out = "interop-results";
  std::string junit;  ///< a file; empty: none is written
  std::string bin;    ///< the empty ones are found from where this program lies
  std::string build;
  std::string peers;
  std::string certificates;
  int jobs = 0;  ///< 0: as many as there are processors
  int time_limit_seconds = 60;
  int retries = 0;
  std::string keep = "failures";
  std::string why;  ///< a case; empty: nothing is explained in full
  bool list = false;
};

/// The subcommand; parsing fills in the arguments, which have to outlive it.
CLI::App* add_interop(CLI::App& app, interop_arguments& arguments);

}  // namespace grpcwire::tools
