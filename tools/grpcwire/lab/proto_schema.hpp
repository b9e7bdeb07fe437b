// A .proto file that is known only at run time: read from the disk, or told by a server.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace google::protobuf {
class Descriptor;
class FileDescriptor;
class Message;
class MethodDescriptor;
}  // namespace google::protobuf

namespace grpcwire::tools {

/// The descriptors live as long as the schema, and messages made by it must not outlive it.
/// Everything throws std::runtime_error with the culprit and the remedy.
class proto_schema {
 public:
  /// `file`: as a path. Imports are looked for in `import_dirs`, in the folder of the file and
  /// among those that come with protobuf.
  proto_schema(const std::string& file, const std::vector<std::string>& import_dirs);
  /// `files`: serialized google.protobuf.FileDescriptorProto messages, with all that they import.
  /// The file is the one with this service.
  proto_schema(const std::vector<std::string>& files, const std::string& service);
  ~proto_schema();
  proto_schema(proto_schema&&) = delete;

  /// The message type with this name, whole (`package.Message`) or as it stands in the file; empty:
  /// the only one in the file.
  const google::protobuf::Descriptor& message_type(const std::string& name) const;

  /// `package.Service/Method`; the package may be left out.
  const google::protobuf::MethodDescriptor& method(const std::string& name) const;

  /// An empty message of the type.
  std::unique_ptr<google::protobuf::Message> make(const google::protobuf::Descriptor& type) const;

 private:
  struct parts;

  std::unique_ptr<parts> parts_;
  const google::protobuf::FileDescriptor* file_ = nullptr;
};

}  // namespace grpcwire::tools
