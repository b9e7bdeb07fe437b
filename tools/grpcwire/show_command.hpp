// `grpcwire show`: explains the raw bytes of a connection from files.
#pragma once

#include <string>

#include "explain_frames.hpp"

namespace grpcwire::tools {

struct show_arguments {
  std::string client_file;  ///< what the client sent; may be empty, but not both
  std::string server_file;  ///< what the server sent
  explain_options explain;
};

/// Returns an exit_code.
int run_show(const show_arguments& arguments);

}  // namespace grpcwire::tools
