// Square roots. A number that has none is the caller's mistake, and says so as a status.
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "calculator.grpcwire.hpp"

struct calculator final : Calculator::service {
  grpcwire::awaitable<grpcwire::result<Number>> SquareRoot(grpcwire::server_context&,
                                                           Number number) override {
    // A NaN in a reply with status OK would pass for a result. It is not >= 0 itself.
    if (!(number.value() >= 0)) {
      co_return grpcwire::status(grpcwire::status_code::invalid_argument,
                                 "only numbers from 0 on have a real square root");
    }
    number.set_value(std::sqrt(number.value()));
    co_return number;
  }
};

int main(int argc, char** argv) {
  CLI::App app("The Calculator of proto/calculator.proto.");
  std::uint16_t port = 50051;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  calculator roots;
  grpcwire::server server{io};
  server.add(roots);
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
