// protoc-gen-grpcwire: protoc starts it, sends a request on standard input, and writes the files it
// gets back. By hand it only tells its version and its options.
#include <iostream>
#include <string_view>

#include <google/protobuf/compiler/plugin.h>

#include "generator.hpp"
#include "options.hpp"

int main(int argc, char* argv[]) {
  const std::string_view argument = argc > 1 ? argv[1] : "";
  if (argument == "--version") {
    std::cout << "protoc-gen-grpcwire " << GRPCWIRE_VERSION << "\n";
    return 0;
  }
  if (argument == "--help" || argument == "-h") {
    std::cout << "Makes NAME.grpcwire.hpp with the services of NAME.proto. Used by protoc:\n"
                 "  protoc --plugin=protoc-gen-grpcwire=PATH --grpcwire_out=[OPTIONS:]DIR"
                 " --cpp_out=DIR NAME.proto\n"
              << grpcwire::protoc_gen::options_help << "\n";
    return 0;
  }
  const grpcwire::protoc_gen::generator generator;
  return google::protobuf::compiler::PluginMain(argc, argv, &generator);
}
