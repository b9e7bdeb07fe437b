// conformance_client: the client under test of connectrpc's conformance suite. It is told on its
// standard input which calls to make, until that ends, and says on its standard output how each
// went.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>

#include "channels.hpp"
#include "delimited.hpp"
#include "invocation.hpp"

namespace grpcwire::conformance {
namespace {

/// Calls that are made at a time; further ones stay in the pipe.
constexpr int calls_max = 100;

class call_runner {
 public:
  explicit call_runner(asio::io_context& io)
      : io_(io), channels_(io.get_executor()), ended_(io, asio::steady_timer::time_point::max()) {}

  awaitable<void> run() {
    auto input = standard_input(io_.get_executor());
    for (;;) {
      suite::ClientCompatRequest wish;
      const bool told = co_await read_message(input, wish);
      if (!told) break;
      ++running_;
      asio::co_spawn(io_, make_call(std::move(wish)), [this](std::exception_ptr failed) {
        --running_;
        ended_.cancel();
        if (failed) std::rethrow_exception(failed);
      });
      co_await wait_below(calls_max);
    }
    co_await wait_below(1);
  }

 private:
  awaitable<void> make_call(suite::ClientCompatRequest wish) {
    suite::ClientCompatResponse response;
    response.set_test_name(wish.test_name());
    try {
      suite::ConformanceService::stub stub(channels_.to(wish));
      *response.mutable_response() = co_await invoke(stub, wish);
    } catch (const std::exception& error) {
      response.mutable_error()->set_message(error.what());
    }
    write_message(response);
  }

  awaitable<void> wait_below(int number) {
    for (std::error_code cancelled; running_ >= number;) {
      co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
  }

  asio::io_context& io_;
  channel_pool channels_;
  asio::steady_timer ended_;  // never expires; cancelled when a call has ended
  int running_ = 0;
};

int run() {
  asio::io_context io(1);
  call_runner runner(io);
  asio::co_spawn(io, runner.run(), [&](std::exception_ptr failed) {
    io.stop();  // the connections would go on
    if (failed) std::rethrow_exception(failed);
  });
  io.run();
  return 0;
}

}  // namespace
}  // namespace grpcwire::conformance

int main() {
  try {
    return grpcwire::conformance::run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "conformance_client: {}\n", error.what());
    return 1;
  }
}
