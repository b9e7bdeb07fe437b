// A load balancer for calls: its clients see one server, and each of their calls goes to another
// one of the backends, which they do not know. It knows no .proto: any service goes through.
// Try: proxy --port 50050 --backends 127.0.0.1:50051,127.0.0.1:50052 --log
#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/server.hpp>

#include "../balancing/server_list.hpp"
#include "call_proxy.hpp"

namespace {

constexpr std::size_t message_size_max = 64U << 20;  // the ends may be stricter

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  int port = 50050;
  std::vector<std::string> backends;
  bool log = false;
  CLI::App app("Spreads the calls of gRPC clients over servers, whatever the service is.", "proxy");
  app.add_option("--port", port, "Where clients connect to; 0 takes a free port")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--backends", backends, "The servers, as ADDRESS:PORT,ADDRESS:PORT,…")
      ->delimiter(',')
      ->required();
  app.add_flag("--log", log, "Say of each call where it went and how it ended");
  CLI11_PARSE(app, argc, argv);
  const auto target = target_of(backends);
  if (!target) {
    std::cerr << "--backends: " << target.error().message() << '\n';
    return 1;
  }

  asio::io_context io;  // one loop for both sides, on this thread
  grpcwire::channel_options out;
  out.threads = grpcwire::threading::one;
  out.load_balancing = "round_robin";  // by call, over one connection to each backend
  out.user_agent.clear();              // that of the caller goes on instead
  out.backoff = {.initial = 200ms, .max = 2s};
  out.max_receive_message_size = message_size_max;
  grpcwire::channel channel(io, *target, out);

  call_proxy passes_on(channel, [log](auto path, auto backend, const grpcwire::status& outcome) {
    if (!log) return;
    std::cout << path << " -> " << (backend.empty() ? "nobody" : backend) << ": "
              << name(outcome.code()) << std::endl;
  });
  grpcwire::server_options in;
  in.threads = grpcwire::threading::one;
  in.max_receive_message_size = message_size_max;
  grpcwire::server server(io, in);
  server.add_fallback(passes_on);

  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << "; choose another one with --port\n";
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: calls that run may finish
  signals.async_wait([&](auto, int) {
    server.shutdown(10s, [&](const grpcwire::status&) { channel.shutdown(); });
  });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
