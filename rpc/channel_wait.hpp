// The templates of channel.hpp that need to know what is behind a channel.
#pragma once

#include <utility>

#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/channel_core.hpp>

namespace grpcwire {
namespace detail {

struct start_state_wait {
  std::shared_ptr<channel_core> core;

  using executor_type = asio::any_io_executor;
  executor_type get_executor() const noexcept { return core->executor().get(); }
  blocking_driver& driver() const noexcept { return core->driver(); }

  template <class Handler>
  void operator()(Handler handler, channel_state seen) {
    core->wait_for_change(seen, std::make_unique<status_operation<Handler>>(
                                    std::move(handler), core->executor().get()));
  }
};

}  // namespace detail

template <completion_token_for<void(status)> Token>
auto channel::wait_for_state_change(channel_state seen, Token&& token) {
  return asio::async_initiate<Token, void(status)>(detail::start_state_wait{core()}, token, seen);
}

}  // namespace grpcwire
