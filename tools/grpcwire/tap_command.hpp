// `grpcwire tap`: shows the frames of live connections.
#pragma once

#include <string>

#include "explain_frames.hpp"

namespace grpcwire::tools {

struct tap_arguments {
  std::string listen;  ///< HOST:PORT
  std::string to;      ///< HOST:PORT
  std::string save_prefix;
  std::string pcapng_file;   ///< empty: no capture
  std::string key_log_file;  ///< goes into the capture; read when the tap ends
  explain_options explain;
};

/// Runs until Ctrl+C or SIGTERM. Returns an exit_code.
int run_tap(const tap_arguments& arguments);

}  // namespace grpcwire::tools
