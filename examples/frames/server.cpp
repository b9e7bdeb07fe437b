// A server whose answers have everything that a unary response can: headers, a compressed message,
// and trailers with bytes in them. Look at it with `grpcwire call … --frames`.
// Try: frames_server [--port 50051]
#include <cstdint>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/reflection_service.hpp>
#include <grpcwire/rpc/server.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

struct greeter final : helloworld::Greeter::service {
  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context& context, helloworld::HelloRequest request) override {
    helloworld::HelloReply trace;
    trace.set_message("handled by frames_server");

    // Initial metadata goes into the HEADERS in front of the message, trailing metadata into those
    // behind it. Names that end in -bin carry bytes; on the wire they are Base64.
    context.add_initial_metadata("served-by", "frames_server");
    context.add_trailing_metadata("trace-proto-bin", trace.SerializeAsString());
    // Only if the caller's grpc-accept-encoding allows it, and only what gets shorter by it.
    context.set_compression(grpcwire::codec::encoding::gzip);

    helloworld::HelloReply reply;
    reply.set_message("Hello " + request.name());
    co_return reply;
  }
};

int main(int argc, char** argv) {
  CLI::App app("Says hello with all that a unary response can carry.");
  std::uint16_t port = 50051;
  app.add_option("--port", port, "Where to listen; 0 is any free port")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  greeter hello;
  grpcwire::server server{io};
  server.add(hello);
  grpcwire::reflection_service reflection;  // so that callers need no .proto
  server.add(reflection);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);  // Ctrl+C: calls that run may finish
  signals.async_wait([&](auto, int) { server.shutdown({}, [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
