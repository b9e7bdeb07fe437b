// Many members of a room in one process, over one connection. One of them talks, all others listen,
// but the first one never reads. Tells how the room takes it.
// Try: chat_crowd --members 200 --lines 200
#include <algorithm>
#include <chrono>
#include <deque>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "chat.grpcwire.hpp"

namespace {

using clock_type = std::chrono::steady_clock;
using call_type = grpcwire::call<chat::Line, chat::Line>;

struct crowd {
  crowd(asio::io_context& loop, const grpcwire::channel& channel)
      : io(loop), room(channel), all_have_it(loop, clock_type::time_point::max()) {}

  asio::io_context& io;
  chat::Room::stub room;
  asio::steady_timer all_have_it;
  std::deque<call_type> members;  // the first one is silent, the last one talks
  std::size_t missing = 0;        // listeners without the present line
  bool over = false;

  grpcwire::awaitable<bool> join(std::string name) {
    call_type call = room.Join();
    chat::Line who;
    who.set_name(name);
    const auto written = co_await call.write(who);
    const auto in = co_await call.initial_metadata();  // which the room sends to who is in
    if (written && in) members.push_back(std::move(call));
    if (written && in) co_return true;
    const grpcwire::status why = co_await call.finish();
    std::cerr << describe(why) << '\n';
    co_return false;
  }

  grpcwire::awaitable<void> listen(call_type& call) {
    while (const auto line = co_await call.read()) {
      if (--missing == 0) all_have_it.cancel();
    }
    if (std::exchange(over, true)) co_return;
    const grpcwire::status why = co_await call.finish();
    std::cerr << "a listener was put out: " << describe(why) << '\n';
    all_have_it.cancel();
  }

  /// How long until all listeners had it.
  grpcwire::awaitable<clock_type::duration> say(std::string text) {
    const auto begin = clock_type::now();
    missing = members.size() - 2;
    chat::Line line;
    line.set_text(std::move(text));
    const auto written = co_await members.back().write(line);
    std::error_code they_have;
    if (written && missing != 0) {
      co_await all_have_it.async_wait(asio::redirect_error(asio::use_awaitable, they_have));
    }
    co_return clock_type::now() - begin;
  }
};

grpcwire::awaitable<void> play(crowd& all, int size, int lines, std::size_t length, int& code) {
  for (int i = 0; i < size; ++i) {
    const bool in = co_await all.join("member " + std::to_string(i));
    if (!in) co_return;
  }
  std::cout << size << " members are in; one never reads" << std::endl;
  for (int i = 1; i + 1 < size; ++i) {
    asio::co_spawn(all.io, all.listen(all.members[static_cast<std::size_t>(i)]), asio::detached);
  }
  clock_type::duration slowest{};
  for (int i = 0; i < lines; ++i) {
    const auto took = co_await all.say(std::string(length, 'x'));
    slowest = std::max(slowest, took);
    if (all.over) co_return;
  }
  all.over = true;
  std::cout << lines << " lines reached " << size - 2 << " listeners; the slowest after "
            << std::chrono::duration<double, std::milli>(slowest).count() << " ms" << std::endl;
  // finish() drops what was not read, and so lets the status through that waits behind it.
  const grpcwire::status told = co_await all.members.front().finish();
  std::cout << "the one that never read: " << to_string(told) << std::endl;
  code = 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string address = "localhost:50051";
  int size = 200;
  int lines = 200;
  std::size_t length = 2000;
  CLI::App app("Fills a chat room.", "chat_crowd");
  app.add_option("--address", address, "Of the server")->capture_default_str();
  app.add_option("--members", size, "One talks, one never reads, the others listen")
      ->check(CLI::Range(3, 250))
      ->capture_default_str();
  app.add_option("--lines", lines, "How many are said")->capture_default_str();
  app.add_option("--length", length, "Bytes of a line")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  grpcwire::channel_options options;
  options.session.stream_window = 65'535;      // what a member may be sent before it reads:
  options.session.window_growth_max = 65'535;  // small, so that silence shows soon
  grpcwire::channel channel(io, address, options);
  crowd all(io, channel);
  int code = 1;
  asio::co_spawn(io, play(all, size, lines, length, code),
                 [&](std::exception_ptr) { channel.shutdown(); });
  io.run();
  return code;
}
