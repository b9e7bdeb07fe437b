// `grpcwire interop`: the matrix of clients, servers and test cases.
#pragma once

#include "interop_options.hpp"

namespace grpcwire::tools {

/// Returns an exit_code.
int run_interop(const interop_arguments& arguments);

}  // namespace grpcwire::tools
