// Looks up what reflection is asked for in a pool of .proto files.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <grpcwire/rpc/result.hpp>

namespace google::protobuf {
class DescriptorPool;
class FileDescriptor;
}  // namespace google::protobuf

namespace grpcwire::detail {

/// For one stream: it remembers what the caller has got. Failures are NOT_FOUND with a text.
class reflection_files {
 public:
  /// Serialized google.protobuf.FileDescriptorProto messages.
  using serialized = std::vector<std::string>;

  explicit reflection_files(const google::protobuf::DescriptorPool& pool) : pool_(pool) {}

  result<serialized> named(const std::string& path);
  /// Of a message, enum, enum value, service, method or field.
  result<serialized> with_symbol(const std::string& name);
  result<serialized> with_extension(const std::string& type, std::int32_t number);
  /// In ascending order.
  result<std::vector<std::int32_t>> extension_numbers(const std::string& type) const;

 private:
  serialized with_imports(const google::protobuf::FileDescriptor& asked);

  const google::protobuf::DescriptorPool& pool_;
  std::set<const google::protobuf::FileDescriptor*> sent_;
};

}  // namespace grpcwire::detail
