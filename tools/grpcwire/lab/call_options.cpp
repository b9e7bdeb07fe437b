#include "call_options.hpp"

namespace grpcwire::tools {
namespace {

void add_request(CLI::App& call, call_arguments& arguments) {
  call.add_option("--json", arguments.json,
                  "The request as JSON; again for each message of a streaming one. Default: {}")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  call.add_option("--deadline", arguments.deadline, "How long the call may take, for example 1s")
      ->type_name("TIME");
  call.add_option("-H,--metadata", arguments.metadata,
                  "'name: value'; Base64 when the name ends in -bin. May be given again")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  call.add_option("--content-type", arguments.content_type, "Default: application/grpc+proto")
      ->type_name("TYPE");
  call.add_option("--authority", arguments.authority, "Default: the address")->type_name("NAME");
  call.add_flag("--gzip", arguments.gzip, "Compress the request, if that makes it shorter");
}

}  // namespace

CLI::App* add_call(CLI::App& app, call_arguments& arguments) {
  CLI::App* call = app.add_subcommand("call", "Make one call and show what went over the wire");
  call->footer(
      "The reply is printed as JSON; a call that fails says why and ends with exit code 1.\n"
      "  grpcwire call localhost:50051 Greeter/SayHello --proto helloworld.proto \\\n"
      "      --json '{\"name\": \"Peter\"}' --frames");
  call->add_option("address", arguments.address, "The server: host:port or unix:path")
      ->type_name("ADDRESS")
      ->required();
  call->add_option("method", arguments.method,
                   "For example helloworld.Greeter/SayHello; without "
                   "the package it is looked for in that of the file")
      ->type_name("SERVICE/METHOD")
      ->required();
  call->add_option("--proto", arguments.proto,
                   "The .proto file with the service; without it the server is asked (reflection)")
      ->type_name("FILE");
  call->add_option("-I", arguments.import_dirs, "Where imports of the .proto file are")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  add_request(*call, arguments);
  auto* tls = call->add_flag("--tls", arguments.tls, "Connect with TLS");
  call->add_option("--ca", arguments.ca_file, "Certificates to trust, PEM. Default: the system's")
      ->type_name("FILE")
      ->needs(tls);
  auto* frames =
      call->add_flag("--frames", arguments.frames, "Explain every frame as it goes over the wire");
  call->add_flag("--hex", arguments.hex, "Add a hex dump of each frame")->needs(frames);
  call->add_flag("--colour,--color", arguments.colour, "Colour the directions")->needs(frames);
  return call;
}

}  // namespace grpcwire::tools
