// The client side: one short function per method, which only names the method and passes on.
#include <map>

#include <google/protobuf/descriptor.pb.h>

#include "comments.hpp"
#include "printing.hpp"

namespace grpcwire::protoc_gen {
namespace {

using variables = std::map<std::string, std::string>;

void print_unary(Printer& printer, const variables& vars) {
  printer.Print(vars,
                "template <::grpcwire::completion_token_for<\n"
                "    void(::grpcwire::status, $response$)>\n"
                "    Token = ::grpcwire::default_token_t>\n"
                "$deprecated$auto $method$(const $request$& request,\n"
                "    ::grpcwire::call_options options = {}, Token&& token = {}) {\n"
                "  return unary(methods::$method$, request, ::std::move(options),\n"
                "               ::std::forward<Token>(token));\n"
                "}\n"
                "template <::grpcwire::completion_token_for<\n"
                "    void(::grpcwire::status, $response$)> Token>\n"
                "$deprecated$auto $method$(const $request$& request, Token&& token) {\n"
                "  return unary(methods::$method$, request, ::grpcwire::call_options{},\n"
                "               ::std::forward<Token>(token));\n"
                "}\n");
}

void print_server_streaming(Printer& printer, const variables& vars) {
  printer.Print(vars,
                "$deprecated$::grpcwire::call<$request$, $response$>\n"
                "$method$(const $request$& request,\n"
                "    ::grpcwire::call_options options = {}) {\n"
                "  return server_streaming(methods::$method$, request, ::std::move(options));\n"
                "}\n");
}

void print_open(Printer& printer, const variables& vars) {
  printer.Print(vars,
                "$deprecated$::grpcwire::call<$request$, $response$>\n"
                "$method$(::grpcwire::call_options options = {}) {\n"
                "  return open(methods::$method$, ::std::move(options));\n"
                "}\n");
}

}  // namespace

void print_stub(Printer& printer, const service_names& service) {
  // Only callers are warned: a server may have to offer a deprecated method for years.
  const bool all_deprecated =
      service.service->options().deprecated() || service.service->file()->options().deprecated();
  printer.Print(
      "/// Calls the service over a channel.\n"
      "class $deprecated$stub : public ::grpcwire::stub_base {\n"
      " public:\n",
      "deprecated", all_deprecated ? "[[deprecated]] " : "");
  printer.Indent();
  printer.Print("using ::grpcwire::stub_base::stub_base;\n");
  for (const method_names& method : service.methods) {
    const bool deprecated = !all_deprecated && method.method->options().deprecated();
    const variables vars = {{"method", method.cpp},
                            {"request", method.request},
                            {"response", method.response},
                            {"deprecated", deprecated ? "[[deprecated]] " : ""}};
    printer.Print("\n");
    print_comment(printer, comment_lines(*method.method));
    if (method.method->client_streaming()) {
      print_open(printer, vars);
    } else if (method.method->server_streaming()) {
      print_server_streaming(printer, vars);
    } else {
      print_unary(printer, vars);
    }
  }
  printer.Outdent();
  printer.Print("};\n\n");
}

}  // namespace grpcwire::protoc_gen
