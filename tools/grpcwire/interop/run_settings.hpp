// What holds for a whole run of the interop matrix.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "placeholders.hpp"

namespace grpcwire::tools {

struct run_settings {
  std::filesystem::path out;                     ///< absolute; the results go here
  std::filesystem::path bin;                     ///< absolute, and so on: our programs
  std::filesystem::path build;                   ///< the folder of the build they are from
  std::filesystem::path peers;                   ///< other people's programs
  std::filesystem::path certificates;            ///< ca.pem, server.pem, server.key
  std::size_t jobs = 1;                          ///< cells at the same time
  std::chrono::milliseconds time_limit{60'000};  ///< for each attempt
  int retries = 0;
  bool keep_all = false;  ///< recordings of cells that passed, too

  /// Values of the {names} of folders. `folder` is that of a description.
  placeholder_values folders(const std::filesystem::path& description) const {
    return {{"bin", bin.string()},
            {"build", build.string()},
            {"peers", peers.string()},
            {"certificates", certificates.string()},
            {"folder", description.parent_path().string()}};
  }
};

/// Where everything listens, and whom the certificates are for.
inline constexpr const char* loopback = "127.0.0.1";
inline constexpr const char* server_name = "foo.test.google.fr";

}  // namespace grpcwire::tools
