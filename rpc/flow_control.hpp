// The operation that asks a call for its flow control.
#pragma once

#include <utility>

#include <asio/any_io_executor.hpp>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/flow_control_state.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/ref_counted.hpp>

namespace grpcwire::detail {

/// Asks the core of a call on its executor.
template <class Core>
struct start_flow_control {
  ref<Core> core;

  using executor_type = asio::any_io_executor;
  executor_type get_executor() const noexcept { return core->executor(); }
  blocking_driver& driver() const { return core->driver(); }

  template <class Handler>
  void operator()(Handler handler) {
    asio::post(core->executor(), [c = core, box = handler_box<Handler>(
                                                std::move(handler), core->executor())]() mutable {
      box.invoke(invocation::inline_allowed, c->flow_control());
    });
  }
};

}  // namespace grpcwire::detail
