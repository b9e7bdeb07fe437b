#include <algorithm>
#include <cstddef>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <grpcwire/rpc/reflection_files_internal.hpp>

namespace grpcwire::detail {

using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

namespace {

status not_found(std::string what) {
  return status(status_code::not_found, std::move(what) + " is not known here");
}

}  // namespace

/// The file that was asked for comes in any case, the ones it needs only once in a stream.
reflection_files::serialized reflection_files::with_imports(const FileDescriptor& asked) {
  serialized files;
  sent_.insert(&asked);
  std::vector<const FileDescriptor*> open{&asked};
  for (std::size_t next = 0; next < open.size(); ++next) {
    const FileDescriptor& file = *open[next];
    google::protobuf::FileDescriptorProto proto;
    file.CopyTo(&proto);
    files.push_back(proto.SerializeAsString());
    for (int i = 0; i < file.dependency_count(); ++i) {
      if (sent_.insert(file.dependency(i)).second) open.push_back(file.dependency(i));
    }
  }
  return files;
}

result<reflection_files::serialized> reflection_files::named(const std::string& path) {
  const FileDescriptor* file = pool_.FindFileByName(path);
  if (file == nullptr) return not_found("the file " + path);
  return with_imports(*file);
}

result<reflection_files::serialized> reflection_files::with_symbol(const std::string& name) {
  const FileDescriptor* file = pool_.FindFileContainingSymbol(name);
  if (file == nullptr) return not_found("the symbol " + name);
  return with_imports(*file);
}

result<reflection_files::serialized> reflection_files::with_extension(const std::string& type,
                                                                      std::int32_t number) {
  const auto* message = pool_.FindMessageTypeByName(type);
  if (message == nullptr) return not_found("the message " + type);
  const FieldDescriptor* extension = pool_.FindExtensionByNumber(message, number);
  if (extension == nullptr) {
    return not_found("the extension " + std::to_string(number) + " of " + type);
  }
  return with_imports(*extension->file());
}

result<std::vector<std::int32_t>> reflection_files::extension_numbers(
    const std::string& type) const {
  const auto* message = pool_.FindMessageTypeByName(type);
  if (message == nullptr) return not_found("the message " + type);
  std::vector<const FieldDescriptor*> extensions;
  pool_.FindAllExtensions(message, &extensions);
  std::vector<std::int32_t> numbers;
  for (const FieldDescriptor* each : extensions) numbers.push_back(each->number());
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace grpcwire::detail
