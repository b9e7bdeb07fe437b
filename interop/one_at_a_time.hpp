// Something that one caller at a time may have, while the calls of others wait for it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/server_context.hpp>
#include <grpcwire/rpc/service.hpp>

namespace grpcwire::interop {

/// Any thread. Those who wait look again and again, because they may be on executors of their own;
/// there are never many, as each of them is a call.
class one_at_a_time {
 public:
  /// False: closed meanwhile. Waiting ends with the call.
  awaitable<bool> take(const server_context& context) {
    asio::steady_timer timer(context.executor());
    while (taken_.exchange(true)) {
      if (closed_) co_return false;
      timer.expires_after(std::chrono::milliseconds(10));
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return true;
  }
  void give_back() noexcept { taken_ = false; }
  /// Nobody waits any more.
  void close() noexcept { closed_ = true; }

 private:
  std::atomic<bool> taken_ = false;
  std::atomic<bool> closed_ = false;
};

struct gives_back {
  void operator()(one_at_a_time* what) const noexcept { what->give_back(); }
};
/// Of who took it; null: of nobody.
using turn_of_one = std::unique_ptr<one_at_a_time, gives_back>;

}  // namespace grpcwire::interop
