// A service outside any package, and one whose messages have required fields.
#include <cstdint>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "hello_article.grpcwire.hpp"

// No package in the .proto, no namespace here: its path is /HelloService/SayHello.
struct hello_service final : HelloService::service {
  grpcwire::awaitable<grpcwire::result<HelloResponse>> SayHello(grpcwire::server_context& context,
                                                                HelloRequest request) override {
    std::cout << context.method() << std::endl;
    HelloResponse response;
    response.set_reply("Hello, " + request.greeting());
    co_return response;
  }
};

struct address_book final : AddressBook::service {
  explicit address_book(bool forgets) : forgets_id(forgets) {}

  // A person who lacks a required field never gets here.
  grpcwire::awaitable<grpcwire::result<Person>> Keep(grpcwire::server_context& context,
                                                     Person person) override {
    std::cout << context.method() << std::endl;
    if (forgets_id) person.clear_id();  // the library answers INTERNAL in place of it
    co_return person;
  }

  bool forgets_id;
};

int main(int argc, char** argv) {
  CLI::App app("HelloService and AddressBook of proto/hello_article.proto.");
  std::uint16_t port = 50051;
  bool forget_id = false;
  app.add_option("--port", port, "0 takes a free one")->capture_default_str();
  app.add_flag("--forget-id", forget_id, "Send persons back without their required id");
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  hello_service hello;
  address_book book(forget_id);
  grpcwire::server server{io};
  server.add(hello);
  server.add(book);
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
