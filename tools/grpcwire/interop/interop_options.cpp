#include "interop_options.hpp"

namespace grpcwire::tools {
namespace {

void add_list(CLI::App& to, const std::string& name, std::vector<std::string>& value,
              const std::string& help, const std::string& type) {
  to.add_option(name, value, help)->type_name(type)->delimiter(',');
}

void add_choice(CLI::App& interop, interop_arguments& arguments) {
  CLI::App& choice = *interop.add_option_group("Which cells", "Lists are separated by commas");
  add_list(choice, "--clients", arguments.chosen.clients, "Default: all", "NAMES");
  add_list(choice, "--servers", arguments.chosen.servers, "Default: all", "NAMES");
  add_list(choice, "--cases", arguments.chosen.cases,
           "Default: official, the 23 official ones that need no cloud", "NAMES");
  add_list(choice, "--security", arguments.chosen.security, "plaintext, tls. Default: both",
           "NAMES");
  add_list(choice, "--through", arguments.chosen.through,
           "Proxies in the middle; none is the direct way. Default: none", "NAMES");
  choice
      .add_option("--implementations", arguments.implementations,
                  "Folder with *.json files of more implementations; may be given again")
      ->type_name("FOLDER");
  choice
      .add_option(
          "--why", arguments.why,
          "Explain each cell of this case that does not pass: the first frame that deviates, "
          "the rule it breaks, and where that is written. Without --cases, runs this one")
      ->type_name("CASE");
  choice.add_flag("--list", arguments.list,
                  "Show the implementations, what is missing here, and the cases; run nothing");
}

void add_running(CLI::App& interop, interop_arguments& arguments) {
  CLI::App& running = *interop.add_option_group("How they are run");
  running
      .add_option("--jobs", arguments.jobs, "Cells at the same time. Default: one per processor")
      ->check(CLI::Range(1, 1000))
      ->type_name("NUMBER");
  running.add_option("--time-limit", arguments.time_limit_seconds, "Seconds for each attempt")
      ->check(CLI::Range(1, 3600))
      ->type_name("SECONDS")
      ->capture_default_str();
  running
      .add_option("--retries", arguments.retries,
                  "Attempts after a failed one; a pass after a failure is shown as flaky")
      ->check(CLI::Range(0, 100))
      ->type_name("NUMBER")
      ->capture_default_str();
  running
      .add_option("--expected", arguments.expected,
                  "JSON file of cells that are known to fail; it is an error when they pass")
      ->type_name("FILE");
}

void add_folders(CLI::App& interop, interop_arguments& arguments) {
  CLI::App& folders = *interop.add_option_group("Where things are");
  const auto folder = [&](const char* flag, std::string& value, const char* help) {
    folders.add_option(flag, value, help)->type_name("FOLDER");
  };
  folder("--out", arguments.out, "Results go here. Default: interop-results");
  folders.add_option("--junit", arguments.junit, "Write JUnit XML as well")->type_name("FILE");
  folders
      .add_option("--keep", arguments.keep,
                  "Which recordings are kept: of failures, or of all cells")
      ->check(CLI::IsMember({"failures", "all"}))
      ->capture_default_str();
  folder("--bin", arguments.bin, "{bin}: default: where this program is");
  folder("--build", arguments.build, "{build}: default: the folder above");
  folder("--peers", arguments.peers, "{peers}: default: peers beside {build}");
  folder("--certificates", arguments.certificates,
         "{certificates}: default: interop/certificates in {build}");
}

}  // namespace

CLI::App* add_interop(CLI::App& app, interop_arguments& arguments) {
  CLI::App* interop =
      app.add_subcommand("interop", "Run clients against servers in the official test cases");
  interop->footer(
      "Every client calls every server in every case, with and without TLS. What is run is told\n"
      "by JSON files; more are added with --implementations. NAMES may have * and ? in them:\n"
      "  grpcwire interop --clients cpp,python --servers 'grpc*' --cases '*unary' --security tls\n"
      "results.json, report.html and a folder for each cell are in the folder of --out.\n"
      "Exit codes: 0 nothing failed unexpectedly; 1 something did, or nothing could be run;\n"
      "2 the command line or a description is wrong.");
  add_choice(*interop, arguments);
  add_running(*interop, arguments);
  add_folders(*interop, arguments);
  return interop;
}

}  // namespace grpcwire::tools
