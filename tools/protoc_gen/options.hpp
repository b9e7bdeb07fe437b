// What a user may write before the colon of --grpcwire_out=OPTIONS:DIR.
#pragma once

#include <string>
#include <vector>

namespace grpcwire::protoc_gen {

struct options {
  /// The messages were generated for the lite runtime. Generated stubs never need more than that,
  /// so this changes nothing today; it is accepted because --cpp_out and --grpcwire_out get the
  /// same list in many build files.
  bool lite = false;
  /// Also write NAME.grpcwire.mock.hpp.
  bool mock = false;
  /// Write the headers for a file without services too, so that a build rule can rely on them.
  bool always = false;
  /// Where the service classes go instead of the package's namespace; empty: the package's.
  std::vector<std::string> name_space;
};

/// Reads the comma-separated list. On failure the text in `error` names the option.
bool parse_options(const std::string& text, options& parsed, std::string& error);

/// One paragraph for --help and for error messages.
extern const char* const options_help;

}  // namespace grpcwire::protoc_gen
