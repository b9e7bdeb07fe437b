// The parts of generated code: each function prints one, indented as the printer stands.
#pragma once

#include <string>
#include <vector>

#include <google/protobuf/io/printer.h>

#include "names.hpp"

namespace grpcwire::protoc_gen {

using google::protobuf::io::Printer;

/// `method_kind` of the library; also the name of the binder's function.
std::string kind_name(const google::protobuf::MethodDescriptor& method);

void print_comment(Printer& printer, const std::vector<std::string>& lines);

/// `struct Greeter { … };`
void print_service(Printer& printer, const service_names& service);

/// `class stub`
void print_stub(Printer& printer, const service_names& service);

/// `class service` or, with `blocking`, `class blocking_service`
void print_handlers(Printer& printer, const service_names& service, bool blocking);

/// `class Greeter::mock_service`
void print_mock(Printer& printer, const service_names& service);

/// What a handler returns and takes, for the coroutine or the blocking service.
struct handler_types {
  std::string result;
  bool takes_request = false;
  bool takes_call = false;
  std::string call;  ///< type of the call; without the `&`
};
handler_types types_of_handler(const method_names& method, bool blocking);

}  // namespace grpcwire::protoc_gen
