// A client and a server of a service of its own, in one program, over a Unix socket.
#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <unistd.h>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/server.hpp>

#include "greeting.grpcwire.hpp"

namespace {

struct greeter final : greeting::Greeter::service {
  grpcwire::awaitable<grpcwire::result<greeting::HelloReply>> SayHello(
      grpcwire::server_context&, greeting::HelloRequest request) override {
    greeting::HelloReply reply;
    reply.set_message("Hello " + request.name());
    co_return reply;
  }
};

asio::awaitable<void> ask(grpcwire::channel& channel, std::string& answer) {
  using namespace std::chrono_literals;
  greeting::Greeter::stub greeter{channel};
  greeting::HelloRequest request;
  request.set_name("package");
  auto [status, reply] = co_await greeter.SayHello(request, {.deadline = 10s});
  answer = status.ok() ? reply.message() : grpcwire::describe(status);
}

}  // namespace

int main() {
  const auto path = std::filesystem::temp_directory_path() /
                    ("grpcwire-package-" + std::to_string(::getpid()) + ".sock");
  const std::string address = "unix:" + path.string();

  asio::io_context io;
  greeter hello;
  grpcwire::server server{io};
  server.add(hello);
  server.listen(address);

  grpcwire::channel channel{io, address};
  std::string answer;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        co_await ask(channel, answer);
        io.stop();
      },
      asio::detached);
  io.run();
  std::filesystem::remove(path);

  std::cout << answer << '\n';
  return answer == "Hello package" ? 0 : 1;
}
