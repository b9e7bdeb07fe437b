// Small files, read and written as a whole.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <grpcwire/codec/result.hpp>

namespace grpcwire::tools {

/// Empty for an empty path. The error is the one of the operating system.
codec::result<std::string, std::error_code> read_file(const std::string& path);

/// The same, but throws std::runtime_error with the path and the reason.
std::string content_of(const std::string& path);

/// Writes it anew. Throws std::runtime_error with the path and the reason.
void write_file(const std::string& path, std::string_view content);

}  // namespace grpcwire::tools
