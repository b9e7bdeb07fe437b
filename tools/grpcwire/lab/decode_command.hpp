// `grpcwire decode`: takes a protobuf message apart, with or without its .proto.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode_input.hpp"

namespace grpcwire::tools {

enum class decoded_form { table, tree, hex, bits, text };

struct decode_arguments {
  std::vector<std::string> text;   ///< empty, or one `-`: standard input
  std::string file;                ///< instead of text; may be empty
  std::optional<written_as> from;  ///< null: hex for text, binary for a file and standard input
  decoded_form form = decoded_form::table;
  bool framed = false;   ///< messages with gRPC's five bytes in front of each
  std::string encoding;  ///< of compressed ones among them: gzip or deflate; may be empty
  std::string proto;     ///< a .proto file; may be empty
  std::string type;      ///< one of its message types; empty: the only one
  std::vector<std::string> import_dirs;
};

/// Returns an exit_code. Throws std::runtime_error for input that cannot be read.
int run_decode(const decode_arguments& arguments);

}  // namespace grpcwire::tools
