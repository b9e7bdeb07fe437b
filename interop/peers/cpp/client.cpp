// stock_client: the test cases on stock gRPC C++. Exit code 0 only on a pass.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "../../flag_values.hpp"
#include "cases.hpp"

namespace {

bool passes(const stock::case_table::value_type& which, const stock::client_flags& flags) {
  try {
    which.second(stock::case_context(flags));
  } catch (const std::exception& failure) {
    std::cerr << "FAIL " << which.first << ": " << failure.what() << '\n';
    return false;
  }
  std::cout << "pass " << which.first << std::endl;
  return true;
}

void add_flags(CLI::App& app, stock::client_flags& flags) {
  app.add_option("--server_host", flags.server_host)->capture_default_str();
  app.add_option("--server_port", flags.server_port)->capture_default_str();
  app.add_option("--server_host_override", flags.server_host_override)->expected(0, 1);
  app.add_option("--test_case", flags.test_case)->capture_default_str();
  app.add_option("--soak_iterations", flags.soak_iterations)->capture_default_str();
  app.add_option("--soak_per_iteration_max_acceptable_latency_ms",
                 flags.soak_per_iteration_max_acceptable_latency_ms)
      ->capture_default_str();
  app.add_option("--iteration_interval", flags.iteration_interval)->capture_default_str();
  grpcwire::interop::add_tls_flags(app, flags.tls);
  grpcwire::interop::refuse_true(app, "--use_alts", "this peer does not know Google's cloud");
}

}  // namespace

int main(int argc, char** argv) {
  stock::client_flags flags;
  CLI::App app("The interoperability test cases on stock gRPC C++.", "stock_client");
  add_flags(app, flags);
  const auto parsed = grpcwire::interop::parse(app, argc, argv);
  if (!parsed.go_on) return parsed.exit_code;

  stock::case_table cases;
  stock::add_plain_cases(cases);
  stock::add_ending_cases(cases);
  stock::add_compression_cases(cases);
  stock::add_security_cases(cases, flags);
  if (flags.test_case != "all") {
    stock::add_slow_cases(cases);
    const auto found = cases.find(flags.test_case);
    if (found != cases.end()) return passes(*found, flags) ? 0 : 1;
    std::cerr << "stock_client: no test case is called '" << flags.test_case
              << "'; these are known:";
    for (const auto& [name, run] : cases) std::cerr << ' ' << name;
    std::cerr << " all\n";
    return 2;
  }
  bool all = true;
  for (const auto& c : cases) all = passes(c, flags) && all;
  return all ? 0 : 1;
}
