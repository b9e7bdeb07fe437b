// Waiting within coroutines.
#pragma once

#include <chrono>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace grpcwire::tools {

/// How often programs are looked at. A waitpid costs a microsecond.
inline constexpr std::chrono::milliseconds look_interval{5};

inline asio::awaitable<void> pause(std::chrono::milliseconds how_long) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(how_long);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace grpcwire::tools
