// A greeter for people with a token, with a log and metrics: interceptors_server [ADDRESS]
#include <iostream>
#include <memory>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "auth.hpp"
#include "helloworld/helloworld.grpcwire.hpp"
#include "logging.hpp"
#include "metrics.hpp"

struct greeter final : helloworld::Greeter::service {
  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context& context, helloworld::HelloRequest request) override {
    helloworld::HelloReply reply;
    reply.set_message("Hello " + request.name() + ", says " + context.hooks<caller>()->name);
    co_return reply;
  }
};

int main(int argc, char** argv) {
  asio::io_context io;
  greeter hello;
  const auto metrics = std::make_shared<call_metrics>();
  grpcwire::server_options options;
  // The log and the metrics are outside of the check, so they see the calls that it refuses.
  options.interceptors = {
      std::make_shared<call_log>(std::cout), metrics,
      std::make_shared<bearer_check>(std::map<std::string, std::string>{{"opensesame", "Ali"}})};
  grpcwire::server server{io, options};
  server.add(hello);
  const auto address = server.listen(argc > 1 ? argv[1] : "[::]:50051");
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  std::cout << "listening on " << *address << std::endl;
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.shutdown({}, [](grpcwire::status) {}); });
  io.run();
  metrics->print(std::cout);
}
