// bench_client: a load client of grpc.testing.BenchmarkService on grpcwire.
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "client_load.hpp"

int main(int argc, char** argv) {
  CLI::App app("Calls grpc.testing.BenchmarkService and measures the calls", "bench_client");
  bench::load_options options;
  bench::add_load_flags(app, options);
  CLI11_PARSE(app, argc, argv);
  if (const auto wrong = bench::complaint_about(options); !wrong.empty()) {
    std::cerr << "bench_client: " << wrong << '\n';
    return 2;
  }
  try {
    return options.hold ? bench::hold_calls(options) : bench::run_load(options);
  } catch (const std::exception& error) {
    std::cerr << "bench_client: " << error.what() << '\n';
    return 1;
  }
}
