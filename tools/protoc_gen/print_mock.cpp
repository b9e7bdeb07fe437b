// A gMock class per service, for tests of code that calls it through a real server.
#include "printing.hpp"

namespace grpcwire::protoc_gen {
namespace {

/// A call without an expectation would return an empty coroutine, and awaiting that crashes.
void print_default_action(Printer& printer, const method_names& method,
                          const handler_types& types) {
  printer.Print(
      "ON_CALL(*this, $method$)\n"
      "    .WillByDefault([this](\n"
      "        ::grpcwire::server_context& context",
      "method", method.cpp);
  if (types.takes_request) printer.Print(",\n        $type$ request", "type", method.request);
  if (types.takes_call) printer.Print(",\n        $type$& call", "type", types.call);
  printer.Print(
      ") {\n"
      "      return service::$method$(context$request$$call$);\n"
      "    });\n",
      "method", method.cpp, "request", types.takes_request ? ", ::std::move(request)" : "", "call",
      types.takes_call ? ", call" : "");
}

void print_mock_method(Printer& printer, const method_names& method, const handler_types& types) {
  printer.Print(
      "MOCK_METHOD(($result$), $method$,\n"
      "            (::grpcwire::server_context&",
      "result", types.result, "method", method.cpp);
  if (types.takes_request) printer.Print(",\n             $type$", "type", method.request);
  // The type has a comma inside, which the macro must not see.
  if (types.takes_call) printer.Print(",\n             ($type$&)", "type", types.call);
  printer.Print("), (override));\n");
}

}  // namespace

void print_mock(Printer& printer, const service_names& service) {
  printer.Print(
      "/// A call that no expectation covers is answered like one without a handler: "
      "UNIMPLEMENTED.\n"
      "class $service$::mock_service : public $service$::service {\n"
      " public:\n",
      "service", service.cpp);
  printer.Indent();
  if (!service.methods.empty()) {
    printer.Print("mock_service() {\n");
    printer.Indent();
    for (const method_names& method : service.methods) {
      print_default_action(printer, method, types_of_handler(method, false));
    }
    printer.Outdent();
    printer.Print("}\n\n");
  }
  for (const method_names& method : service.methods) {
    print_mock_method(printer, method, types_of_handler(method, false));
  }
  printer.Outdent();
  printer.Print("};\n");
}

}  // namespace grpcwire::protoc_gen
