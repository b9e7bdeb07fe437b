// Calls the servers that etcd knows, a hundred times a second, and prints a line for each call:
// when it began, when it ended, how, and who answered. Try: registry_client
// [etcd://HOST:PORT/hello]
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/etcd_resolver.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

namespace {

using std::chrono::system_clock;

double seconds(system_clock::time_point t) {
  return std::chrono::duration<double>(t.time_since_epoch()).count();
}

struct caller {
  grpcwire::channel channel;
  helloworld::Greeter::stub greeter{channel};
  bool stopped = false;
  int running = 0;

  grpcwire::awaitable<void> call_once() {
    const auto begin = system_clock::now();
    grpcwire::call_options options;
    options.deadline = std::chrono::seconds(5);
    options.wait_for_ready = true;  // until somebody registers
    const auto [status, reply] = co_await greeter.SayHello(helloworld::HelloRequest(), options);
    const std::string who = status.ok() ? reply.message() : status.details().address;
    std::printf("%.3f %.3f %s %s %s\n", seconds(begin), seconds(system_clock::now()),
                std::string(name(status.code())).c_str(), who.c_str(), status.message().c_str());
    std::fflush(stdout);
    --running;
  }

  grpcwire::awaitable<void> call_often() {
    asio::steady_timer next(channel.executor());
    while (!stopped || running > 0) {
      if (!stopped) {
        ++running;
        asio::co_spawn(channel.executor(), call_once(), asio::detached);
      }
      next.expires_after(std::chrono::milliseconds(10));
      co_await next.async_wait(asio::use_awaitable);
    }
    channel.shutdown();
  }
};

}  // namespace

int main(int argc, char** argv) {
  asio::io_context io;
  grpcwire::channel_options options;
  options.load_balancing = "round_robin";
  options.resolvers = {grpcwire::etcd_scheme()};
  caller c{grpcwire::channel(io, argc > 1 ? argv[1] : "etcd:///hello", options)};
  asio::signal_set signals(io, SIGINT, SIGTERM);  // calls that run may finish
  signals.async_wait([&](auto, int) { c.stopped = true; });
  asio::co_spawn(io, c.call_often(), asio::detached);
  io.run();
}
