// The lists of names that generated code cannot use, and the renaming that avoids them.
#include "names.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <google/protobuf/compiler/cpp/names.h>

namespace grpcwire::protoc_gen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using name_set = std::set<std::string, std::less<>>;

// C++20's keywords and alternative tokens, then macros of the C library. Sorted.
constexpr auto keywords = std::to_array<std::string_view>({"EOF",
                                                           "NULL",
                                                           "alignas",
                                                           "alignof",
                                                           "and",
                                                           "and_eq",
                                                           "asm",
                                                           "assert",
                                                           "auto",
                                                           "bitand",
                                                           "bitor",
                                                           "bool",
                                                           "break",
                                                           "case",
                                                           "catch",
                                                           "char",
                                                           "char16_t",
                                                           "char32_t",
                                                           "char8_t",
                                                           "class",
                                                           "co_await",
                                                           "co_return",
                                                           "co_yield",
                                                           "compl",
                                                           "concept",
                                                           "const",
                                                           "const_cast",
                                                           "consteval",
                                                           "constexpr",
                                                           "constinit",
                                                           "continue",
                                                           "decltype",
                                                           "default",
                                                           "delete",
                                                           "do",
                                                           "double",
                                                           "dynamic_cast",
                                                           "else",
                                                           "enum",
                                                           "errno",
                                                           "explicit",
                                                           "export",
                                                           "extern",
                                                           "false",
                                                           "float",
                                                           "for",
                                                           "friend",
                                                           "goto",
                                                           "if",
                                                           "inline",
                                                           "int",
                                                           "long",
                                                           "mutable",
                                                           "namespace",
                                                           "new",
                                                           "noexcept",
                                                           "not",
                                                           "not_eq",
                                                           "nullptr",
                                                           "operator",
                                                           "or",
                                                           "or_eq",
                                                           "private",
                                                           "protected",
                                                           "public",
                                                           "register",
                                                           "reinterpret_cast",
                                                           "requires",
                                                           "return",
                                                           "short",
                                                           "signed",
                                                           "sizeof",
                                                           "static",
                                                           "static_assert",
                                                           "static_cast",
                                                           "stderr",
                                                           "stdin",
                                                           "stdout",
                                                           "struct",
                                                           "switch",
                                                           "template",
                                                           "this",
                                                           "thread_local",
                                                           "throw",
                                                           "true",
                                                           "try",
                                                           "typedef",
                                                           "typeid",
                                                           "typename",
                                                           "union",
                                                           "unsigned",
                                                           "using",
                                                           "virtual",
                                                           "void",
                                                           "volatile",
                                                           "wchar_t",
                                                           "while",
                                                           "xor",
                                                           "xor_eq"});
static_assert(std::ranges::is_sorted(keywords));

// Members of the generated service struct cannot have its name, and a struct outside any package
// stands next to these namespaces.
const name_set blocked_service_names = {"basic_blocking_service",
                                        "basic_service",
                                        "blocking_service",
                                        "full_name",
                                        "google",
                                        "grpcwire",
                                        "methods",
                                        "mock_service",
                                        "service",
                                        "std",
                                        "stub",
                                        "testing"};

// A method becomes a member of `methods`, `stub`, `service`, `blocking_service` and `mock_service`,
// next to what these inherit or call; `Token` is the stub's template parameter.
const name_set blocked_method_names = {"Token",         "basic_blocking_service",
                                       "basic_service", "bidi_streaming",
                                       "bind",          "blocking_service",
                                       "channel",       "client_streaming",
                                       "full_name",     "methods",
                                       "mock_service",  "name",
                                       "open",          "server_streaming",
                                       "service",       "stub",
                                       "stub_base",     "unary"};

void collect_nested(const Descriptor& message, name_set& names) {
  using google::protobuf::compiler::cpp::ClassName;
  for (int i = 0; i < message.nested_type_count(); ++i) {
    names.insert(ClassName(message.nested_type(i)));
    collect_nested(*message.nested_type(i), names);
  }
  for (int i = 0; i < message.enum_type_count(); ++i) {
    names.insert(ClassName(message.enum_type(i)));
  }
}

/// Protobuf puts Outer.Inner into the namespace as Outer_Inner, where a service may want to be.
void collect_nested(const FileDescriptor& file, name_set& names) {
  for (int i = 0; i < file.message_type_count(); ++i) collect_nested(*file.message_type(i), names);
}

method_names names_of(const MethodDescriptor& method, std::string cpp_name) {
  using google::protobuf::compiler::cpp::QualifiedClassName;
  // Appended, because g++ 12 warns about its own operator+ for a literal and a string.
  std::string path = "/";
  path.append(method.service()->full_name()).append("/").append(method.name());
  return {.method = &method,
          .cpp = std::move(cpp_name),
          .path = std::move(path),
          .request = QualifiedClassName(method.input_type()),
          .response = QualifiedClassName(method.output_type())};
}

service_names names_of(const ServiceDescriptor& service, std::string cpp_name) {
  name_set wanted;
  for (int i = 0; i < service.method_count(); ++i) wanted.insert(service.method(i)->name());
  name_scope scope{std::move(wanted), blocked_method_names};

  service_names names{.service = &service, .cpp = std::move(cpp_name), .methods = {}};
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    names.methods.push_back(names_of(method, scope.cpp_name(method.name())));
  }
  return names;
}

}  // namespace

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || digit(c); });
}

bool is_keyword(std::string_view name) {
  return std::ranges::binary_search(keywords, name);
}

name_scope::name_scope(name_set wanted, name_set blocked)
    : wanted_(std::move(wanted)), blocked_(std::move(blocked)) {}

std::string name_scope::cpp_name(const std::string& proto_name) {
  std::string name = proto_name;
  while (is_keyword(name) || blocked_.contains(name) ||
         (name != proto_name && wanted_.contains(name))) {
    name += '_';
  }
  blocked_.insert(name);
  return name;
}

std::vector<service_names> names_of_services(const FileDescriptor& file) {
  name_set wanted;
  for (int i = 0; i < file.service_count(); ++i) wanted.insert(file.service(i)->name());
  name_set blocked = blocked_service_names;
  collect_nested(file, blocked);
  for (int i = 0; i < file.dependency_count(); ++i) collect_nested(*file.dependency(i), blocked);
  name_scope scope{std::move(wanted), std::move(blocked)};

  std::vector<service_names> names;
  for (int i = 0; i < file.service_count(); ++i) {
    const ServiceDescriptor& service = *file.service(i);
    names.push_back(names_of(service, scope.cpp_name(service.name())));
  }
  return names;
}

std::vector<std::string> namespace_of_package(const FileDescriptor& file) {
  std::vector<std::string> parts;
  const std::string& package = file.package();
  for (std::size_t begin = 0; begin < package.size();) {
    const std::size_t end = std::min(package.find('.', begin), package.size());
    std::string part = package.substr(begin, end - begin);
    if (is_keyword(part)) part += '_';
    parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

}  // namespace grpcwire::protoc_gen
