// A server that clients find through etcd. Try: registry_server NAME [ETCD]
// SIGTERM drains it: it leaves etcd, clients go elsewhere, calls that run may finish.
#include <chrono>
#include <csignal>
#include <iostream>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <grpcwire/rpc/etcd_registration.hpp>
#include <grpcwire/rpc/server.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

struct slow_greeter final : helloworld::Greeter::service {
  explicit slow_greeter(std::string its_name) : name(std::move(its_name)) {}

  grpcwire::awaitable<grpcwire::result<helloworld::HelloReply>> SayHello(
      grpcwire::server_context&, helloworld::HelloRequest) override {
    asio::steady_timer work(co_await asio::this_coro::executor, std::chrono::milliseconds(40));
    co_await work.async_wait(asio::use_awaitable);
    helloworld::HelloReply reply;
    reply.set_message(name);
    co_return reply;
  }

  std::string name;
};

grpcwire::awaitable<void> drain(grpcwire::etcd_registration& entry, grpcwire::server& server) {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  if (const auto left = co_await entry.withdraw(); !left.ok()) std::cerr << describe(left) << '\n';
  co_await server.shutdown(std::chrono::seconds(10));
}

int main(int argc, char** argv) {
  asio::io_context io;
  slow_greeter hello(argc > 1 ? argv[1] : "server");
  grpcwire::server server{io};
  server.add(hello);
  const auto address = server.listen("127.0.0.1:0");
  if (!address) {
    std::cerr << address.error().message() << '\n';
    return 1;
  }
  grpcwire::etcd_settings etcd;
  if (argc > 2) etcd.target = argv[2];
  grpcwire::etcd_registration entry{
      io, {.service = "hello", .address = *address, .time_to_live = std::chrono::seconds(3)}, etcd};
  std::cout << hello.name << " listens on " << *address << std::endl;
  asio::co_spawn(io, drain(entry, server), asio::detached);
  io.run();
}
