// `grpcwire why`: says from the raw bytes of a connection why an interop case failed.
#pragma once

#include <string>

namespace grpcwire::tools {

struct why_arguments {
  std::string client_file;  ///< what the client sent; may be empty, but not both
  std::string server_file;  ///< what the server sent
  std::string case_name;    ///< may be empty
  std::string client_log_file;
  std::string key_log_file;  ///< to take TLS off; may be empty
};

/// Returns an exit_code.
int run_why(const why_arguments& arguments);

}  // namespace grpcwire::tools
