// Two echoes: one message for one message, and a stream for a stream.
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "bidirectional.grpcwire.hpp"
#include "unary.grpcwire.hpp"

struct unary_echo final : unary::Unary::service {
  grpcwire::awaitable<grpcwire::result<unary::MessageResponse>> GetServerResponse(
      grpcwire::server_context&, unary::Message request) override {
    unary::MessageResponse response;
    response.set_message(request.message());
    response.set_received(true);
    co_return response;
  }
};

struct bidirectional_echo final : bidirectional::Bidirectional::service {
  using message = bidirectional::Message;

  grpcwire::awaitable<grpcwire::status> GetServerResponse(
      grpcwire::server_context&, grpcwire::server_call<message, message>& call) override {
    // A message goes back when it comes; the caller may not even know the next one yet. Nothing is
    // read while a write waits for the caller to read, so the server never holds more than one.
    while (auto came = co_await call.read()) {
      const auto written = co_await call.write(*std::move(came));
      if (!written) break;  // the caller has left
    }
    co_return grpcwire::status{};  // after its half-close: OK
  }
};

int main(int argc, char** argv) {
  CLI::App app("unary.Unary and bidirectional.Bidirectional, which send back what they are sent.");
  std::uint16_t port = 50051;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  unary_echo one;
  bidirectional_echo many;
  grpcwire::server server{io};
  server.add(one);
  server.add(many);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.shutdown({}, [](grpcwire::status) {}); });
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
