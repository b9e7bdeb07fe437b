// The struct that stands for a service, and the table of its methods.
#include "comments.hpp"
#include "printing.hpp"

namespace grpcwire::protoc_gen {
namespace {

void print_methods(Printer& printer, const service_names& service) {
  printer.Print(
      "/// Path, kind and message types of each method.\n"
      "struct methods {\n");
  printer.Indent();
  for (const method_names& method : service.methods) {
    printer.Print(
        "static constexpr ::grpcwire::method<$request$,\n"
        "                                    $response$>\n"
        "    $method${\"$path$\",\n"
        "        ::grpcwire::method_kind::$kind$};\n",
        "request", method.request, "response", method.response, "method", method.cpp, "path",
        method.path, "kind", kind_name(*method.method));
  }
  printer.Outdent();
  printer.Print("};\n\n");
}

}  // namespace

std::string kind_name(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? "bidi_streaming" : "client_streaming";
  }
  return method.server_streaming() ? "server_streaming" : "unary";
}

void print_comment(Printer& printer, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) printer.Print("///$line$\n", "line", line);
}

void print_service(Printer& printer, const service_names& service) {
  print_comment(printer, comment_lines(*service.service));
  printer.Print("struct $service$ {\n", "service", service.cpp);
  printer.Indent();
  printer.Print("static constexpr ::std::string_view full_name = \"$name$\";\n\n", "name",
                service.service->full_name());
  print_methods(printer, service);
  print_stub(printer, service);
  print_handlers(printer, service, false);
  print_handlers(printer, service, true);
  printer.Print(
      "/// For gMock; the option `mock` of protoc-gen-grpcwire defines it in a header of its own.\n"
      "class mock_service;\n");
  printer.Outdent();
  printer.Print("};\n");
}

}  // namespace grpcwire::protoc_gen
