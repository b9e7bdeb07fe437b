// A greeter for people with a token, with a log, metrics and traces: interceptors_server [ADDRESS]
#include <iostream>
#include <memory>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "auth.hpp"
#include "helloworld/helloworld.grpcwire.hpp"
#include "logging.hpp"
#include "metrics.hpp"
#include "spans.hpp"

struct greeter final : helloworld::Greeter::service {
  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context& context, helloworld::HelloRequest request) override {
    // Whoever reports a problem can say in which trace to look.
    if (const auto trace = context.trace()) {
      context.add_initial_metadata("x-trace-id", grpcwire::to_hex(trace->trace_id));
    }
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
  // The check is the innermost, so the others see the calls that it refuses.
  options.interceptors = {
      std::make_shared<call_log>(std::cout), metrics,
      server_tracing(std::make_shared<span_log>(std::cout)),
      std::make_shared<bearer_check>(std::map<std::string, std::string>{{"opensesame", "Ali"}})};
  grpcwire::server server{io, options};
  server.add(hello);
  const auto address = server.listen(argc > 1 ? argv[1] : "[::]:50051");
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.shutdown({}, [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
  metrics->print(std::cout);
}
