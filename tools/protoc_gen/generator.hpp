// The plugin as protoc sees it: one .proto in, one or two headers out.
#pragma once

#include <cstdint>
#include <string>

#include <google/protobuf/compiler/code_generator.h>

namespace grpcwire::protoc_gen {

class generator final : public google::protobuf::compiler::CodeGenerator {
 public:
  std::uint64_t GetSupportedFeatures() const override { return FEATURE_PROTO3_OPTIONAL; }

  /// Writes NAME.grpcwire.hpp and, with the option `mock`, NAME.grpcwire.mock.hpp. Nothing for a
  /// file without services, unless the option `always` is given.
  bool Generate(const google::protobuf::FileDescriptor* file, const std::string& parameter,
                google::protobuf::compiler::GeneratorContext* context,
                std::string* error) const override;
};

}  // namespace grpcwire::protoc_gen
