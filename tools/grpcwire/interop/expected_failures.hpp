// The cells that are known to fail, and why. The run fails when one of them starts to pass, so that
// the list stays true.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "matrix.hpp"

namespace grpcwire::tools {

struct expected_failure {
  std::string client = "*";  ///< globs
  std::string server = "*";
  std::string through = "*";  ///< an empty name, a direct way, fits * only
  cell_pattern which;
  std::string reason;
};

class expected_failures {
 public:
  expected_failures() = default;

  /// A list of objects with "client", "server", "through", "case", "security" (globs; missing ones
  /// are `*`) and "reason". Throws description_error, which names the file and the field.
  static expected_failures read(const nlohmann::json& list, const std::filesystem::path& file);

  /// The first that fits; nullptr when the cell has to pass.
  const expected_failure* find(const cell& c) const;

 private:
  std::vector<expected_failure> all_;
};

}  // namespace grpcwire::tools
