// The server side: a virtual function per method, and the table that binds them.
#include <map>

#include "comments.hpp"
#include "printing.hpp"

namespace grpcwire::protoc_gen {
namespace {

std::string default_body(const method_names& method, bool blocking) {
  if (blocking) return "::grpcwire::unimplemented(context)";
  if (method.method->server_streaming()) return "::grpcwire::unimplemented_status(context)";
  return "::grpcwire::unimplemented_reply<" + method.response + ">(context)";
}

std::string class_name(bool blocking) {
  return blocking ? "blocking_service" : "service";
}

std::string template_name(bool blocking) {
  return "basic_" + class_name(blocking);
}

void print_handler(Printer& printer, const method_names& method, bool blocking) {
  const handler_types types = types_of_handler(method, blocking);
  print_comment(printer, comment_lines(*method.method));
  // Names of unused parameters are comments, so that the header is clean under -Wextra.
  printer.Print("virtual $result$ $method$(\n    ::grpcwire::server_context& context", "result",
                types.result, "method", method.cpp);
  if (types.takes_request) {
    printer.Print(",\n    $request$ /*request*/", "request", method.request);
  }
  if (types.takes_call) printer.Print(",\n    $call$& /*call*/", "call", types.call);
  printer.Print(
      ") {\n"
      "  return $body$;\n"
      "}\n",
      "body", default_body(method, blocking));
}

void print_bind(Printer& printer, const service_names& service, bool blocking) {
  const std::string class_name = template_name(blocking);
  if (service.methods.empty()) {
    printer.Print("void bind(::grpcwire::method_binder& /*binder*/) final {}\n");
    return;
  }
  printer.Print("void bind(::grpcwire::method_binder& binder) final {\n");
  for (const method_names& method : service.methods) {
    printer.Print(
        "  binder.$prefix$$kind$(\n"
        "      methods::$method$, *this, &$class$::$method$);\n",
        "prefix", blocking ? "blocking_" : "", "kind", kind_name(*method.method), "method",
        method.cpp, "class", class_name);
  }
  printer.Print("}\n");
}

}  // namespace

handler_types types_of_handler(const method_names& method, bool blocking) {
  const google::protobuf::MethodDescriptor& m = *method.method;
  std::string result =
      m.server_streaming() ? "::grpcwire::status" : "::grpcwire::result<" + method.response + ">";
  if (!blocking) result = "::grpcwire::awaitable<" + result + ">";
  return {.result = result,
          .takes_request = !m.client_streaming(),
          .takes_call = m.client_streaming() || m.server_streaming(),
          .call = std::string("::grpcwire::") +
                  (blocking ? "blocking_server_call<" : "server_call<") + method.request + ", " +
                  method.response + ">"};
}

void print_handlers(Printer& printer, const service_names& service, bool blocking) {
  const std::map<std::string, std::string> names = {{"class", class_name(blocking)},
                                                    {"template", template_name(blocking)}};
  printer.Print(blocking ? "/// The same with handlers that may block; they run on a "
                           "::grpcwire::worker_pool.\n"
                         : "/// Handlers are coroutines on the executor of the connection. A "
                           "template, so that it\n"
                           "/// costs compile time only where a class derives from it.\n");
  printer.Print(names,
                "template <class = void>\n"
                "class $template$ : public ::grpcwire::service {\n"
                " public:\n");
  printer.Indent();
  printer.Print(names, "using $class$ = $template$;  // what derived classes know it as\n\n");
  printer.Print("::std::string_view name() const noexcept final { return full_name; }\n");
  for (const method_names& method : service.methods) {
    printer.Print("\n");
    print_handler(printer, method, blocking);
  }
  printer.Print("\n");
  print_bind(printer, service, blocking);
  printer.Outdent();
  printer.Print(names,
                "};\n"
                "using $class$ = $template$<>;\n\n");
}

}  // namespace grpcwire::protoc_gen
