// The command line of `grpcwire call`.
#pragma once

#include <CLI/CLI.hpp>

#include "call_command.hpp"

namespace grpcwire::tools {

CLI::App* add_call(CLI::App& app, call_arguments& arguments);

}  // namespace grpcwire::tools
