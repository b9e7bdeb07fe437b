// From names of a .proto to C++ names that compile: keywords, and names the generated code uses
// itself.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace grpcwire::protoc_gen {

bool is_identifier(std::string_view name);

/// Also true for macros of the C library that would tear a generated declaration apart.
bool is_keyword(std::string_view name);

/// The C++ names of one scope. A name that cannot be used gets `_` at its end, until it is free.
class name_scope {
 public:
  /// `wanted` are all names of the scope as the .proto has them: a renamed one never takes the
  /// place of one of these. `blocked` are names that this scope cannot use at all.
  name_scope(std::set<std::string, std::less<>> wanted, std::set<std::string, std::less<>> blocked);

  std::string cpp_name(const std::string& proto_name);

 private:
  std::set<std::string, std::less<>> wanted_;
  std::set<std::string, std::less<>> blocked_;
};

struct method_names {
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::string cpp;       ///< identifier
  std::string path;      ///< `/package.Service/Method`, always the .proto's own names
  std::string request;   ///< fully qualified C++ type
  std::string response;  ///< fully qualified C++ type
};

struct service_names {
  const google::protobuf::ServiceDescriptor* service = nullptr;
  std::string cpp;
  std::vector<method_names> methods;
};

/// In the order of the file.
std::vector<service_names> names_of_services(const google::protobuf::FileDescriptor& file);

/// The package's parts as C++ namespaces; empty without a package.
std::vector<std::string> namespace_of_package(const google::protobuf::FileDescriptor& file);

}  // namespace grpcwire::protoc_gen
