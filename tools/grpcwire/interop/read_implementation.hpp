// Reads the JSON files that describe implementations.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "implementation.hpp"

namespace grpcwire::tools {

/// Throws description_error, which names the file and the field. `file` need not exist.
implementation read_implementation(const nlohmann::json& description,
                                   const std::filesystem::path& file);

/// All *.json files of the folders, sorted by name. Throws description_error when a folder or file
/// cannot be read, and when two of them give the same name.
std::vector<implementation> read_implementations(const std::vector<std::filesystem::path>& folders);

}  // namespace grpcwire::tools
