// A chat room. Who calls Join is in it; each line reaches all others; nobody waits for somebody who
// does not read. Try: chat_server --port 50051
#include <csignal>
#include <iostream>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <grpcwire/rpc/server.hpp>

#include "chat.grpcwire.hpp"
#include "room.hpp"

namespace {

using call_type = grpcwire::server_call<chat::Line, chat::Line>;
using namespace asio::experimental::awaitable_operators;

/// However its call ends, also by an exception of a cancelled await, a member leaves the room.
class visit {
 public:
  visit(chat::room& room, chat::member& who, const std::string& name)
      : room_(room), who_(who), name_(name) {
    room_.enter(who_);
    std::cout << name_ << " comes; " << room_.size() << " in the room" << std::endl;
  }
  ~visit() {
    room_.leave(who_);
    std::cout << name_ << " leaves; " << room_.size() << " in the room" << std::endl;
  }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

 private:
  chat::room& room_;
  chat::member& who_;
  const std::string& name_;
};

/// All of it runs on one thread, so the room needs no lock.
class room_service final : public chat::Room::service {
 public:
  explicit room_service(std::size_t backlog) : room_(backlog) {}

 private:
  grpcwire::awaitable<grpcwire::status> Join(grpcwire::server_context& context,
                                             call_type& call) override {
    const auto first = co_await call.read();
    if (!first) co_return grpcwire::status();
    const std::string name = first->name();
    if (name.empty()) {
      co_return grpcwire::status(grpcwire::status_code::invalid_argument,
                                 "the first line has to say who you are: set `name`");
    }

    chat::member me(context.executor());
    const visit stay(room_, me, name);
    context.send_initial_metadata();  // HEADERS without a message: you are in

    // Both ways at once; the first one to return ends the others.
    const auto end = co_await (listen(me, name, call) || speak(me, call) || me.dropped.wait());
    if (end.index() != 2) co_return grpcwire::status();
    // The trailers wait with the last line behind the caller's window; nothing else does.
    co_return grpcwire::status(
        grpcwire::status_code::resource_exhausted,
        "you have not read the last " + std::to_string(room_.backlog()) +
            " lines, and the room does not wait: read faster, then join again");
  }

  /// What the caller says, until it half-closes.
  grpcwire::awaitable<void> listen(chat::member& me, const std::string& name, call_type& call) {
    while (auto line = co_await call.read()) {
      line->set_name(name);
      room_.say(me, *std::move(line));
    }
  }

  /// What others said. A write waits while the caller's window is full; the room goes on.
  static grpcwire::awaitable<void> speak(chat::member& me, call_type& call) {
    while (true) {
      if (me.waiting.empty()) {
        co_await me.news.wait();
        continue;
      }
      const chat::shared_line line = me.waiting.front();
      me.waiting.pop_front();
      const auto written = co_await call.write(*line);
      if (!written) co_return;
    }
  }

  chat::room room_;
};

}  // namespace

int main(int argc, char** argv) {
  int port = 50051;
  std::size_t backlog = 64;
  CLI::App app("A chat room.", "chat_server");
  app.add_option("--port", port, "0 takes a free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  app.add_option("--backlog", backlog, "Lines that may wait for a member before it is dropped")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  room_service room(backlog);
  grpcwire::server_options options;
  options.threads = grpcwire::threading::one;
  options.max_receive_message_size = 16 * 1024;  // of a line: with the backlog the most that waits
  grpcwire::server server(io, options);
  server.add(room);
  const auto address = server.listen("[::]:" + std::to_string(port));
  if (!address) {
    std::cerr << address.error().message() << "; choose another one with --port\n";
    return 1;
  }
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](auto, int) { server.stop(); });  // nobody leaves a room by themselves
  std::cout << "listening on " << *address << std::endl;
  io.run();
}
