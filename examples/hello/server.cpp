// A server that says hello. Try: hello_server [ADDRESS]
#include <iostream>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

struct greeter final : helloworld::Greeter::service {
  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context&, helloworld::HelloRequest request) override {
    helloworld::HelloReply reply;
    reply.set_message("Hello " + request.name());
    co_return reply;
  }
};

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--help") {
    std::cout << "Answers hello. Usage: hello_server [ADDRESS], by default [::]:50051\n";
    return 0;
  }
  asio::io_context io;
  greeter hello;
  grpcwire::server server{io};
  server.add(hello);
  const auto address = server.listen(argc > 1 ? argv[1] : "[::]:50051");
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: calls that run may finish
  signals.async_wait([&](auto, int) { server.shutdown({}, [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
