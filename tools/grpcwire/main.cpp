// The `grpcwire` command: its subcommands and their options. Each one runs in a file of its own.
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "exit_code.hpp"
#include "interop/interop_command.hpp"
#include "lab/call_options.hpp"
#include "lab/decode_options.hpp"
#include "show_command.hpp"
#include "tap_command.hpp"
#include "why_command.hpp"

namespace grpcwire::tools {
namespace {

void add_explain_options(CLI::App& command, explain_options& options) {
  command.add_flag("--hex", options.hex, "Add a hex dump of each frame");
  command.add_flag("--colour,--color", options.colour, "Colour the directions and the problems");
}

CLI::App* add_show(CLI::App& app, show_arguments& arguments) {
  CLI::App* show = app.add_subcommand("show", "Explain the raw bytes of a connection from files");
  show->footer(
      "The files hold no times, so the order between the two directions is one that could have\n"
      "been: nothing is answered before it was said. `grpcwire tap --save` makes such files.");
  auto* files = show->add_option_group("files", "At least one");
  files->add_option("--client", arguments.client_file, "What the client sent, preface included")
      ->type_name("FILE");
  files->add_option("--server", arguments.server_file, "What the server sent")->type_name("FILE");
  files->require_option(1, 2);
  add_explain_options(*show, arguments.explain);
  return show;
}

CLI::App* add_tap(CLI::App& app, tap_arguments& arguments) {
  CLI::App* tap = app.add_subcommand("tap", "Pass connections on to a server and explain them");
  tap->footer(
      "Point a gRPC client at the first address and it talks to the server at the second one:\n"
      "  grpcwire tap --listen localhost:50052 --to localhost:50051\n"
      "It reads plaintext HTTP/2 and shows everything in it, tokens and passwords too. TLS is\n"
      "passed on, but cannot be read; a capture that carries the keys can be, in Wireshark.\n"
      "Ctrl+C ends.");
  tap->add_option("--listen", arguments.listen, "Where clients connect; port 0 is any free one")
      ->type_name("HOST:PORT")
      ->required();
  tap->add_option("--to", arguments.to, "Where the server is")->type_name("HOST:PORT")->required();
  tap->add_option("--save", arguments.save_prefix,
                  "Write the raw bytes to PREFIX-1.client, PREFIX-1.server, PREFIX-2.client, …")
      ->type_name("PREFIX");
  CLI::Option* capture =
      tap->add_option("--pcapng", arguments.pcapng_file,
                      "At the end, write a packet capture for Wireshark: up to 256 MiB of it");
  capture->type_name("FILE");
  tap->add_option("--key-log", arguments.key_log_file,
                  "Put the keys of TLS connections into the capture: a file that one of the sides "
                  "writes, in the format of SSLKEYLOGFILE")
      ->type_name("FILE")
      ->needs(capture);
  add_explain_options(*tap, arguments.explain);
  return tap;
}

CLI::App* add_why(CLI::App& app, why_arguments& arguments) {
  CLI::App* why = app.add_subcommand("why", "Say in words why an interop case failed");
  why->footer(
      "The files are those of `grpcwire tap --save`. Names the first frame that deviates, the "
      "rule\n"
      "it breaks and where that is written. With --case, what the official case expects counts\n"
      "too.");
  auto* files = why->add_option_group("files", "At least one");
  files->add_option("--client", arguments.client_file, "What the client sent, preface included")
      ->type_name("FILE");
  files->add_option("--server", arguments.server_file, "What the server sent")->type_name("FILE");
  files->require_option(1, 2);
  why->add_option("--case", arguments.case_name, "The interop case, for example large_unary")
      ->type_name("CASE");
  why->add_option("--client-log", arguments.client_log_file, "What the client printed")
      ->type_name("FILE");
  why->add_option("--key-log", arguments.key_log_file,
                  "The keys of TLS 1.3 that one of the sides wrote, in the format of SSLKEYLOGFILE")
      ->type_name("FILE");
  return why;
}

int run(int argc, char** argv) {
  CLI::App app("Shows gRPC on the wire, frame by frame, in words.", "grpcwire");
  app.require_subcommand(1);
  app.set_version_flag("--version", "grpcwire " GRPCWIRE_VERSION);
  app.footer(
      "Exit codes: 0 fine; 1 a file, a port or the network stood in the way; 2 the command line\n"
      "is wrong; 3 some of what was shown broke the rules.");
  show_arguments show;
  tap_arguments tap;
  interop_arguments interop;
  why_arguments why;
  decode_arguments decode;
  call_arguments call;
  const CLI::App* show_command = add_show(app, show);
  const CLI::App* tap_command = add_tap(app, tap);
  const CLI::App* why_command = add_why(app, why);
  const CLI::App* call_command = add_call(app, call);
  const CLI::App* decode_command = add_decode(app, decode);
  const CLI::App* interop_command = add_interop(app, interop);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_fine : exit_usage;
  }
  if (show_command->parsed()) return run_show(show);
  if (why_command->parsed()) return run_why(why);
  if (call_command->parsed()) return run_call(call);
  if (decode_command->parsed()) return run_decode(decode);
  if (interop_command->parsed()) return run_interop(interop);
  return tap_command->parsed() ? run_tap(tap) : exit_usage;
}

}  // namespace
}  // namespace grpcwire::tools

int main(int argc, char** argv) {
  try {
    return grpcwire::tools::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "grpcwire: {}\n", error.what());
    return grpcwire::tools::exit_failed;
  }
}
