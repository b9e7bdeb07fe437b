// Calls several servers in turn and prints who answered: the client itself is the balancer.
// Try: balancing_client --backends 127.0.0.1:50051,127.0.0.1:50052,127.0.0.1:50053
// Stop one of the servers and start it again meanwhile.
#include <chrono>
#include <csignal>
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

#include "helloworld/helloworld.grpcwire.hpp"
#include "server_list.hpp"

namespace {

using namespace std::chrono_literals;

struct wishes {
  std::vector<std::string> backends{"127.0.0.1:50051", "127.0.0.1:50052", "127.0.0.1:50053"};
  std::string policy = "round_robin";
  int calls = 0;  // 0: no end
  double time_scale = 1;

  auto scaled(std::chrono::milliseconds time) const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time * time_scale);
  }
};

grpcwire::awaitable<void> call_in_turn(const wishes& wanted, helloworld::Greeter::stub greeter) {
  asio::steady_timer next(co_await asio::this_coro::executor);
  helloworld::HelloRequest request;
  request.set_name("you");
  for (int number = 1; wanted.calls == 0 || number <= wanted.calls; ++number) {
    grpcwire::call_info info;
    const auto [status, reply] =
        co_await greeter.SayHello(request, {.deadline = 5s, .info = &info});
    std::cout << "call " << number << ": "
              << (status.ok() ? reply.message() + " (" + info.peer + ")" : describe(status))
              << std::endl;
    next.expires_after(wanted.scaled(500ms));
    co_await next.async_wait(asio::use_awaitable);
  }
}

grpcwire::awaitable<void> interrupted() {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace asio::experimental::awaitable_operators;
  wishes wanted;
  CLI::App app("Says hello to several servers in turn, until Ctrl+C.", "balancing_client");
  app.add_option("--backends", wanted.backends, "The servers, as ADDRESS:PORT,ADDRESS:PORT,…")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--policy", wanted.policy,
                 "round_robin, pick_first, least_request_experimental, …")
      ->capture_default_str();
  app.add_option("--calls", wanted.calls, "How many; 0: no end")->capture_default_str();
  app.add_option("--time-scale", wanted.time_scale, "Of all waits; 1: two calls a second")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto target = target_of(wanted.backends);
  if (!target) {
    std::cerr << "--backends: " << target.error().message() << '\n';
    return 1;
  }

  asio::io_context io;
  grpcwire::channel_options options;
  options.load_balancing = wanted.policy;  // one connection to each server
  // A server that is gone is tried again: after a second first, at the latest after five.
  options.backoff.initial = wanted.scaled(1000ms);
  options.backoff.max = wanted.scaled(5000ms);
  grpcwire::channel channel(io, *target, options);
  asio::co_spawn(io, call_in_turn(wanted, helloworld::Greeter::stub(channel)) || interrupted(),
                 [&](std::exception_ptr, auto) { channel.shutdown(); });
  io.run();
}
