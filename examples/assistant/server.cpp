// An assistant that greets and multiplies, for clients in any language. The other methods of its
// service are not written here: who calls them gets UNIMPLEMENTED.
#include <cstdint>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "assistant.grpcwire.hpp"

struct assistant final : AssistantService::service {
  grpcwire::awaitable<grpcwire::result<GreetResponse>> GreetWithInfo(
      grpcwire::server_context&, GreetRequest request) override {
    GreetResponse response;
    response.set_message("Hello " + request.user_name() + " from " + request.institution() + "!");
    co_return response;
  }

  grpcwire::awaitable<grpcwire::result<MultResponse>> Multiply(grpcwire::server_context&,
                                                               MultRequest request) override {
    MultResponse response;
    response.set_xin(request.xin());
    response.set_yin(request.yin());
    response.set_result(request.xin() * request.yin());
    co_return response;
  }
};

int main(int argc, char** argv) {
  CLI::App app("GreetWithInfo and Multiply of the AssistantService of proto/assistant.proto.");
  std::uint16_t port = 8082;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  assistant helpful;
  grpcwire::server server{io};
  server.add(helpful);
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
