// A greeter that says what is wrong with a request, for programs and for people.
#include <iostream>
#include <string>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/rich_status.hpp>
#include <grpcwire/rpc/server.hpp>

#include "google/rpc/error_details.pb.h"
#include "helloworld/helloworld.grpcwire.hpp"

struct greeter final : helloworld::Greeter::service {
  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context&, helloworld::HelloRequest request) override {
    if (request.name().empty()) co_return nobody();
    helloworld::HelloReply reply;
    reply.set_message("Hello " + request.name());
    co_return reply;
  }

  static grpcwire::status nobody() {
    google::rpc::BadRequest bad;
    auto* violation = bad.add_field_violations();
    violation->set_field("name");
    violation->set_description("must not be empty");
    google::rpc::ErrorInfo info;
    info.set_reason("NAME_MISSING");
    info.set_domain("greeter.example");
    return grpcwire::rich_status(grpcwire::status_code::invalid_argument, "nobody to greet", bad,
                                 info);
  }
};

int main(int argc, char** argv) {
  asio::io_context io;
  greeter hello;
  grpcwire::server server{io};
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
}
