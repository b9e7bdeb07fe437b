// Files that are named on the command line, read as a whole.
#pragma once

#include <string>
#include <system_error>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::tools {

/// Empty for an empty path. The error is the one of the operating system.
codec::result<std::string, std::error_code> read_file(const std::string& path);

}  // namespace grpcwire::tools
