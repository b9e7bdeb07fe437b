// Sends a message and gets it back; then a stream of them, whose echoes come while it still sends.
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "bidirectional.grpcwire.hpp"
#include "unary.grpcwire.hpp"

using namespace std::chrono_literals;
using conversation = grpcwire::call<bidirectional::Message, bidirectional::Message>;

struct arguments {
  std::string address = "localhost:50051";
  std::vector<std::string> messages = {"one", "two", "three", "four", "five"};
  double time_scale = 1;
};

grpcwire::awaitable<grpcwire::status> one_message(grpcwire::channel channel, std::string text) {
  unary::Unary::stub echo{channel};
  unary::Message request;
  request.set_message(text);
  const auto [status, response] = co_await echo.GetServerResponse(request, {.deadline = 5s});
  if (status.ok()) {
    std::cout << "unary: " << response.message() << (response.received() ? ", received\n" : "\n");
  }
  co_return status;
}

// Takes its time, as somebody who types does.
grpcwire::awaitable<void> say_all(conversation& call, const arguments& what) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  for (const auto& text : what.messages) {
    std::cout << "-> " << text << std::endl;
    bidirectional::Message message;
    message.set_message(text);
    const auto written = co_await call.write(message);
    if (!written) co_return;  // the call is over: finish() says why
    const std::chrono::duration<double> seconds(0.5 * what.time_scale);
    pause.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(seconds));
    co_await pause.async_wait(asio::use_awaitable);
  }
  std::cout << "all is said" << std::endl;
  call.writes_done();  // the half-close: we may still read
}

grpcwire::awaitable<void> hear_all(conversation& call) {
  while (const auto message = co_await call.read()) {
    std::cout << "<- " << message->message() << std::endl;
  }
}

grpcwire::awaitable<grpcwire::status> talk(grpcwire::channel channel, const arguments& what) {
  using namespace asio::experimental::awaitable_operators;
  bidirectional::Bidirectional::stub echo{channel};
  conversation call = echo.GetServerResponse();
  asio::signal_set interrupt(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  // Both directions at the same time, each at its own pace, until both are over or Ctrl+C.
  const auto over = co_await ((say_all(call, what) && hear_all(call)) ||
                              interrupt.async_wait(asio::use_awaitable));
  if (over.index() == 1) {
    call.cancel();  // RST_STREAM: the server's handler is told
    std::cout << "left" << std::endl;
    co_return grpcwire::status{};
  }
  co_return co_await call.finish();
}

grpcwire::awaitable<void> run(grpcwire::channel channel, const arguments& what, int& exit_code) {
  grpcwire::status end = co_await one_message(channel, what.messages.front());
  if (end.ok()) end = co_await talk(channel, what);
  if (!end.ok()) {
    std::cerr << describe(end) << '\n';
    exit_code = 1;
  }
}

int main(int argc, char** argv) {
  CLI::App app("Sends messages to an echo: the first one alone, then all in one stream.");
  arguments what;
  app.add_option("--address", what.address, "HOST:PORT of the server")->capture_default_str();
  app.add_option("--time-scale", what.time_scale, "Of the pauses, which are half a second")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("messages", what.messages, "What to say")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  int exit_code = 0;
  asio::co_spawn(io, run(grpcwire::channel{io, what.address}, what, exit_code), asio::detached);
  io.run();
  return exit_code;
}
