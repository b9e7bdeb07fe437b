// The floor: the least that gRPC can cost. One thread, epoll, nghttp2 and protobuf; it serves and
// calls grpc.testing.BenchmarkService correctly and knows nothing else: no metadata, deadlines,
// compression, limits or TLS. What ours costs is told in multiples of it.
#include <cstdint>
#include <exception>
#include <iostream>

#include <CLI/CLI.hpp>

#include "client.hpp"
#include "server.hpp"

namespace {

/// What this client cannot do; empty: nothing.
std::string refusal(const bench::load_options& options, bool canned) {
  if (canned && (options.rpc != bench::rpc_kind::unary || options.hold)) {
    return "--canned is for unary calls that end";
  }
  if (options.tls) return "the floor has no TLS";
  if (options.threads != 1) return "the floor has one thread";
  if (options.rate > 0) return "the floor has no --rate; bench_client has";
  return bench::complaint_about(options);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("grpc.testing.BenchmarkService on epoll, nghttp2 and protobuf", "bench_floor");
  std::uint16_t port = 0;
  app.add_option("--port", port, "Serve on 127.0.0.1; 0 (the default) is any free one");
  bench::load_options options;
  CLI::App& client = *app.add_subcommand("client", "Call instead of serving");
  bench::add_load_flags(client, options);
  bool canned = false;
  client.add_flag(
      "--canned", canned,
      "Requests are bytes that were made once, and answers are counted, not read: unary "
      "calls that cost the client next to nothing");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!client.parsed()) {
      bench_floor::serve(port);
      return 0;
    }
    if (const auto wrong = refusal(options, canned); !wrong.empty()) {
      std::cerr << "bench_floor: " << wrong << '\n';
      return 2;
    }
    return bench_floor::load(options, canned);
  } catch (const std::exception& error) {
    std::cerr << "bench_floor: " << error.what() << '\n';
    return 1;
  }
}
