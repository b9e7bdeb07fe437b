// A terminal for a chat room: what is typed goes to all others, what they say is printed. /quit,
// the end of the input and Ctrl+C leave. Try: chat_client --name Ada
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/this_coro.hpp>

#include <grpcwire/rpc/channel.hpp>

#include "chat.grpcwire.hpp"

namespace {

using call_type = grpcwire::call<chat::Line, chat::Line>;
using namespace asio::experimental::awaitable_operators;

/// Until the room ends the call.
grpcwire::awaitable<void> show(call_type& call) {
  while (const auto line = co_await call.read()) {
    std::cout << line->name() << ": " << line->text() << std::endl;
  }
}

/// Until /quit or the end of the input.
grpcwire::awaitable<void> say(call_type& call, asio::posix::stream_descriptor& input) {
  std::string typed;
  std::error_code ended;
  while (true) {
    const std::size_t size =
        co_await asio::async_read_until(input, asio::dynamic_buffer(typed, 4096), '\n',
                                        asio::redirect_error(asio::use_awaitable, ended));
    if (ended) co_return;  // a last line without its end is not sent
    chat::Line line;
    line.set_text(typed.substr(0, size - 1));
    typed.erase(0, size);
    if (line.text() == "/quit") co_return;
    if (line.text().empty()) continue;
    const auto written = co_await call.write(line);
    if (!written) co_return;
  }
}

grpcwire::awaitable<void> interrupted() {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
}

grpcwire::awaitable<void> take_part(const std::string& name, call_type& call,
                                    asio::posix::stream_descriptor& input) {
  chat::Line who;
  who.set_name(name);
  const auto written = co_await call.write(who);
  const auto in = co_await call.initial_metadata();  // HEADERS: the room has let us in
  if (!written || !in) co_return;
  std::cout << "you are in; /quit leaves" << std::endl;
  // One call carries both directions at once; the first one that is over ends the other.
  co_await (show(call) || say(call, input));
}

grpcwire::awaitable<grpcwire::status> chat_as(const std::string& name, chat::Room::stub room,
                                              asio::posix::stream_descriptor& input) {
  call_type call = room.Join();
  const auto end = co_await (take_part(name, call, input) || interrupted());
  if (end.index() == 1) {  // Ctrl+C, also while nobody answers
    call.cancel();
    co_return grpcwire::status();
  }
  call.writes_done();  // half-close: the room takes it for a farewell
  co_return co_await call.finish();
}

}  // namespace

int main(int argc, char** argv) {
  std::string name;
  std::string address = "localhost:50051";
  CLI::App app("Joins a chat room.", "chat_client");
  app.add_option("--name", name, "Who you are")->required();
  app.add_option("--address", address, "Of the server")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  asio::io_context io;
  asio::posix::stream_descriptor input(io);
  std::error_code bad;
  input.assign(::dup(STDIN_FILENO), bad);
  if (bad) {
    std::cerr << "cannot wait for the input (" << bad.message()
              << "): it has to be a terminal or a pipe, such as `cat FILE | chat_client …`\n";
    return 1;
  }
  grpcwire::channel channel(io, address);
  grpcwire::status outcome;
  asio::co_spawn(io, chat_as(name, chat::Room::stub(channel), input),
                 [&](std::exception_ptr, grpcwire::status end) {
                   outcome = std::move(end);
                   channel.shutdown();
                 });
  io.run();
  if (outcome.ok()) return 0;
  std::cerr << describe(outcome) << '\n';
  return 1;
}
