// A client that lets a server count until Ctrl+C. Try: counter_client --from 10 --step 0.5
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "counter.grpcwire.hpp"

namespace {

using count_call = grpcwire::call<counter::CountRequest, counter::CountReply>;

grpcwire::awaitable<grpcwire::status> show(count_call& call) {
  while (const auto reply = co_await call.read()) std::cout << reply->line() << std::endl;
  co_return co_await call.finish();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Shows what a counter on a server says, until Ctrl+C."};
  std::string address = "localhost:50051";
  std::int64_t from = 0;
  double step = 1;
  app.add_option("--address", address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--from", from, "the first number")->capture_default_str();
  app.add_option("--step", step, "seconds between two numbers")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  grpcwire::channel channel{io, address};
  counter::CountRequest request;
  request.set_from(from);
  request.set_step(step);
  auto call = counter::Counter::stub{channel}.Count(request);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const asio::error_code& error, int) {
    if (!error) call.cancel();  // RST_STREAM(CANCEL): this call ends, the connection stays
  });

  int code = 0;
  asio::co_spawn(io, show(call), [&](const std::exception_ptr&, grpcwire::status end) {
    if (end.code() == grpcwire::status_code::cancelled &&
        end.details().origin == grpcwire::status_origin::local) {
      std::cout << "stopped" << std::endl;
    } else {
      std::cerr << describe(end) << '\n';
      code = 1;
    }
    signals.cancel();
    channel.shutdown();  // or the connection would keep the loop running
  });
  io.run();
  return code;
}
