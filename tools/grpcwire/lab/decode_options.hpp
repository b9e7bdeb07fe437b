// The command line of `grpcwire decode`.
#pragma once

#include <CLI/CLI.hpp>

#include "decode_command.hpp"

namespace grpcwire::tools {

CLI::App* add_decode(CLI::App& app, decode_arguments& arguments);

}  // namespace grpcwire::tools
