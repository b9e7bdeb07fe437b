#include "proto_schema.hpp"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/compiler/importer.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/descriptor_database.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/stubs/logging.h>

namespace grpcwire::tools {
namespace {

namespace pb = google::protobuf;

template <class Names>
std::string list_of(const Names& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

void add_types(const pb::Descriptor& type, std::vector<const pb::Descriptor*>& to) {
  if (type.options().map_entry()) return;
  to.push_back(&type);
  for (int i = 0; i < type.nested_type_count(); ++i) add_types(*type.nested_type(i), to);
}

std::vector<const pb::Descriptor*> types_of(const pb::FileDescriptor& file) {
  std::vector<const pb::Descriptor*> all;
  for (int i = 0; i < file.message_type_count(); ++i) add_types(*file.message_type(i), all);
  return all;
}

std::vector<std::string> methods_of(const pb::FileDescriptor& file) {
  std::vector<std::string> all;
  for (int i = 0; i < file.service_count(); ++i) {
    const pb::ServiceDescriptor& service = *file.service(i);
    for (int j = 0; j < service.method_count(); ++j) {
      all.push_back(service.full_name() + "/" + service.method(j)->name());
    }
  }
  return all;
}

std::string with_package(const pb::FileDescriptor& file, const std::string& name) {
  return file.package().empty() ? name : file.package() + "." + name;
}

}  // namespace

struct proto_schema::parts {
  class error_text final : public pb::compiler::MultiFileErrorCollector {
   public:
    void AddError(const std::string& file, int line, int column, const std::string& why) override {
      if (!text_.empty()) text_ += '\n';
      text_ += line < 0 ? fmt::format("{}: {}", file, why)
                        : fmt::format("{}:{}:{}: {}", file, line + 1, column + 1, why);
    }
    const std::string& text() const noexcept { return text_; }

   private:
    std::string text_;
  };

  parts() : with_well_known(&tree, &well_known) { with_well_known.RecordErrorsTo(&errors); }

  error_text errors;
  pb::compiler::DiskSourceTree tree;
  // What is linked into every program: google/protobuf/*.proto.
  pb::DescriptorPoolDatabase well_known{*pb::DescriptorPool::generated_pool()};
  pb::compiler::SourceTreeDescriptorDatabase with_well_known;
  pb::SimpleDescriptorDatabase told;
  std::unique_ptr<pb::DescriptorPool> pool;
  pb::DynamicMessageFactory factory;  // its messages refer to the pool
};

proto_schema::proto_schema(const std::string& file, const std::vector<std::string>& import_dirs)
    : parts_(std::make_unique<parts>()) {
  const std::filesystem::path path(file);
  if (!std::filesystem::exists(path)) {
    throw std::runtime_error(fmt::format("there is no file {}", file));
  }
  for (const std::string& dir : import_dirs) parts_->tree.MapPath("", dir);
  parts_->tree.MapPath("", path.has_parent_path() ? path.parent_path().string() : ".");
  std::string name;
  std::string shadowing;
  const auto found = parts_->tree.DiskFileToVirtualFile(file, &name, &shadowing);
  if (found == pb::compiler::DiskSourceTree::SHADOWED) {
    throw std::runtime_error(
        fmt::format("{} hides {}, which is imported by the same name; change the order of -I",
                    shadowing, file));
  }
  if (found != pb::compiler::DiskSourceTree::SUCCESS) {
    throw std::runtime_error(fmt::format("cannot read {}", file));
  }
  parts_->pool = std::make_unique<pb::DescriptorPool>(
      &parts_->with_well_known, parts_->with_well_known.GetValidationErrorCollector());
  file_ = parts_->pool->FindFileByName(name);
  if (file_ == nullptr) {
    throw std::runtime_error(
        fmt::format("{} cannot be used:\n{}\nFolders with its imports are "
                    "given with -I.",
                    file, parts_->errors.text()));
  }
}

proto_schema::proto_schema(const std::vector<std::string>& files, const std::string& service)
    : parts_(std::make_unique<parts>()) {
  const pb::LogSilencer quiet;  // what it has to say is said below
  for (const std::string& bytes : files) {
    pb::FileDescriptorProto file;
    if (!file.ParseFromString(bytes)) {
      throw std::runtime_error("the server tells of a file that is no FileDescriptorProto");
    }
    parts_->told.Add(file);
  }
  parts_->pool = std::make_unique<pb::DescriptorPool>(&parts_->told);
  file_ = parts_->pool->FindFileContainingSymbol(service);
  if (file_ == nullptr) {
    throw std::runtime_error(
        fmt::format("the files that the server tells of do not make up {}; "
                    "give its .proto file with --proto",
                    service));
  }
}

proto_schema::~proto_schema() = default;

const pb::Descriptor& proto_schema::message_type(const std::string& name) const {
  const auto types = types_of(*file_);
  if (name.empty() && types.size() == 1) return *types[0];
  if (!name.empty()) {
    if (const auto* type = parts_->pool->FindMessageTypeByName(with_package(*file_, name))) {
      return *type;
    }
    if (const auto* type = parts_->pool->FindMessageTypeByName(name)) return *type;
  }
  std::vector<std::string> names;
  for (const pb::Descriptor* type : types) names.push_back(type->full_name());
  throw std::runtime_error(
      name.empty() ? fmt::format("{} has several message types, say --type with one of them: {}",
                                 file_->name(), list_of(names))
                   : fmt::format("{} has no message type {}; it has: {}", file_->name(), name,
                                 list_of(names)));
}

const pb::MethodDescriptor& proto_schema::method(const std::string& name) const {
  std::string dotted = name;
  if (const std::size_t slash = dotted.rfind('/'); slash != std::string::npos) dotted[slash] = '.';
  if (const auto* method = parts_->pool->FindMethodByName(dotted)) return *method;
  if (const auto* method = parts_->pool->FindMethodByName(with_package(*file_, dotted))) {
    return *method;
  }
  throw std::runtime_error(fmt::format("{} has no method {}; it has: {}", file_->name(), name,
                                       list_of(methods_of(*file_))));
}

std::unique_ptr<pb::Message> proto_schema::make(const pb::Descriptor& type) const {
  return std::unique_ptr<pb::Message>(parts_->factory.GetPrototype(&type)->New());
}

}  // namespace grpcwire::tools
