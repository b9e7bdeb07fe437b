// `grpcwire call`: one real call, and what went over the wire for it.
#pragma once

#include <string>
#include <vector>

namespace grpcwire::tools {

struct call_arguments {
  std::string address;  ///< `host:port`, `unix:path`
  std::string method;   ///< `package.Service/Method`
  std::string proto;    ///< a .proto file; empty: the server is asked by reflection
  std::vector<std::string> import_dirs;
  std::vector<std::string> json = {};  ///< request messages; none: one without fields
  std::string deadline;                ///< `1s`; empty: none
  std::vector<std::string> metadata;   ///< `name: value`
  std::string content_type = "application/grpc+proto";
  std::string authority;  ///< empty: the address
  bool gzip = false;
  bool tls = false;
  std::string ca_file;  ///< PEM; empty: the roots of the system
  bool frames = false;
  bool hex = false;  ///< with a dump of each frame
  bool colour = false;
};

/// Returns an exit_code. Throws std::runtime_error for what keeps the call from being made.
int run_call(const call_arguments& arguments);

}  // namespace grpcwire::tools
