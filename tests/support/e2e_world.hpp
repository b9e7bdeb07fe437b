// A real server and a real channel on one io_context, and coroutines that play with them.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/server.hpp>

#include "helloworld/helloworld.grpcwire.hpp"

namespace grpcwire::tests {

using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using helloworld::Greeter;
using helloworld::HelloReply;
using helloworld::HelloRequest;
using greeter_call = call<HelloRequest, HelloReply>;
using greeter_server_call = server_call<HelloRequest, HelloReply>;

inline HelloRequest request(std::string name) {
  HelloRequest r;
  r.set_name(std::move(name));
  return r;
}
inline HelloReply reply(std::string message) {
  HelloReply r;
  r.set_message(std::move(message));
  return r;
}

/// A read that gave this text.
inline testing::AssertionResult says(const read_result<HelloReply>& r, std::string_view text) {
  if (!r) return testing::AssertionFailure() << "no message";
  if (r->message() == text) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << r->message().substr(0, 100) << "\"";
}

/// Happens once; any number of coroutines of one thread wait for it.
class happening {
 public:
  explicit happening(asio::io_context& io) : timer_(io, asio::steady_timer::time_point::max()) {}
  void now() {
    happened_ = true;
    timer_.cancel();
  }
  bool has_happened() const noexcept { return happened_; }
  awaitable<void> wait() {
    while (!happened_) {
      std::error_code ended;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none) co_return;
    }
  }

 private:
  asio::steady_timer timer_;
  bool happened_ = false;
};

inline awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

/// A Greeter that does what each test wants; without a script it greets and echoes.
struct scripted_greeter final : Greeter::service {
  std::function<awaitable<result<HelloReply>>(server_context&, HelloRequest)> hello;
  std::function<awaitable<status>(server_context&, HelloRequest, greeter_server_call&)> replies;
  std::function<awaitable<status>(server_context&, greeter_server_call&)> chat;
  std::function<awaitable<result<HelloReply>>(server_context&, greeter_server_call&)> collect;
  std::atomic<int> calls = 0;

  awaitable<result<HelloReply>> SayHello(server_context& context, HelloRequest r) override {
    ++calls;
    if (hello) return hello(context, std::move(r));
    return greet(std::move(r));
  }
  awaitable<status> SayHelloStreamReply(server_context& context, HelloRequest r,
                                        greeter_server_call& c) override {
    ++calls;
    if (replies) return replies(context, std::move(r), c);
    return spell(std::move(r), c);
  }
  awaitable<status> SayHelloBidiStream(server_context& context, greeter_server_call& c) override {
    ++calls;
    if (chat) return chat(context, c);
    return echo(c);
  }
  awaitable<result<HelloReply>> CollectNames(server_context& context,
                                             greeter_server_call& c) override {
    ++calls;
    if (collect) return collect(context, c);
    return join(c);
  }

  static awaitable<result<HelloReply>> greet(HelloRequest r) {
    co_return reply("Hello " + r.name());
  }
  /// One reply for each letter.
  static awaitable<status> spell(HelloRequest r, greeter_server_call& c) {
    for (const char letter : r.name()) {
      if (!co_await c.write(reply(std::string(1, letter)))) break;
    }
    co_return status();
  }
  static awaitable<status> echo(greeter_server_call& c) {
    while (auto r = co_await c.read()) {
      if (!co_await c.write(reply(r->name()))) break;
    }
    co_return status();
  }
  static awaitable<result<HelloReply>> join(greeter_server_call& c) {
    std::string all;
    while (auto r = co_await c.read()) all += r->name();
    co_return reply(all);
  }
};

/// Runs the coroutine to its end, on the calling thread. No template: co_spawn() costs the compiler
/// a tenth of a second each time.
inline void play_coroutine(asio::io_context& io, awaitable<void> work, std::chrono::seconds limit) {
  bool done = false;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) {
    done = true;
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      ADD_FAILURE() << "the coroutine threw: " << e.what();
    }
  });
  const auto until = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!done) {
    if (io.run_one_until(until) != 0) continue;
    ADD_FAILURE() << "no end within " << limit.count() << " s";
    io.stop();
    return;
  }
}

/// The same with the coroutine that `body` returns.
template <class Body>
void play(asio::io_context& io, Body body, std::chrono::seconds limit = 30s) {
  play_coroutine(io, body(), limit);
}

/// Runs what is left to do, until `condition` holds.
template <class Condition>
bool run_until(asio::io_context& io, Condition condition, std::chrono::seconds limit = 20s) {
  const auto until = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!condition()) {
    if (io.run_one_until(until) == 0 && !condition()) return false;
  }
  return true;
}

/// Short enough for tests that wait for a second attempt.
inline backoff_settings quick_backoff() {
  return {
      .initial = 20ms, .multiplier = 1.2, .max = 50ms, .jitter = 0, .connect_timeout_min = 5000ms};
}

inline channel_options quick_channel() {
  channel_options options;
  options.backoff = quick_backoff();
  return options;
}

/// One io_context, a server that listens, a channel to it and a stub.
struct world {
  explicit world(const std::string& listen_on = "127.0.0.1:0", server_options of_server = {},
                 channel_options of_channel = quick_channel())
      : server(std::in_place, io, std::move(of_server)) {
    server->add(greeter);
    auto listening = server->listen(listen_on);
    if (!listening) throw std::runtime_error(listening.error().message());
    address = *listening;
    connect(std::move(of_channel));
  }

  void connect(channel_options options = quick_channel()) {
    channel.emplace(io, address, std::move(options));
    stub.emplace(*channel);
  }
  template <class Body>
  void play(Body body) {
    tests::play(io, std::move(body));
  }

  asio::io_context io;
  scripted_greeter greeter;
  std::optional<grpcwire::server> server;
  std::string address;
  std::optional<grpcwire::channel> channel;
  std::optional<Greeter::stub> stub;
};

}  // namespace grpcwire::tests
