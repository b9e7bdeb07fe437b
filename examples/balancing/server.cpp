// A greeter that says who it is, so that one sees where a call went.
// Try: balancing_server --port 50051 --name one
#include <csignal>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

struct named_greeter final : helloworld::Greeter::service {
  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context&, helloworld::HelloRequest request) override {
    helloworld::HelloReply reply;
    reply.set_message("Hello " + request.name() + " from " + name);
    co_return reply;
  }

  std::string name = "server";
};

int main(int argc, char** argv) {
  int port = 50051;
  named_greeter greeter;
  CLI::App app("One of several servers that say hello.", "balancing_server");
  app.add_option("--port", port, "0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--name", greeter.name, "What it calls itself")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  grpcwire::server server{io};
  server.add(greeter);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << "; choose another one with --port\n";
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: calls that run may finish
  signals.async_wait([&](auto, int) { server.shutdown({}, [](const grpcwire::status&) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
