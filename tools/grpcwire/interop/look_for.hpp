// Finds out which implementations can be run on this machine, and their versions.
#pragma once

#include <vector>

#include "implementation.hpp"
#include "run_settings.hpp"

namespace grpcwire::tools {

/// Checks what they need and asks for versions; sets `missing` and `version`. What the commands
/// print goes through a file in `scratch`, a folder that exists.
void look_for(const std::vector<implementation*>& which, const run_settings& settings,
              const std::filesystem::path& scratch);

}  // namespace grpcwire::tools
