// What a call can show of its flow control.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <asio/any_io_executor.hpp>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/transport/flow_state.hpp>

namespace grpcwire {

/// A snapshot, in bytes as they are on the wire (compressed, with prefixes). `queued` holds what
/// was written and waits. All windows are 0 while the call has no stream.
struct flow_control_state : transport::flow_state {
  /// Received and not yet read: whole messages, and what there is of the next one.
  std::size_t buffered = 0;

  /// A write that is under way waits for the peer to read.
  bool write_waits() const noexcept {
    return queued != 0 && (send_window <= 0 || connection_send_window <= 0);
  }
};

namespace detail {

/// Asks the core of a call on its executor.
template <class Core>
struct start_flow_control {
  ref<Core> core;

  using executor_type = asio::any_io_executor;
  executor_type get_executor() const noexcept { return core->executor(); }
  blocking_driver& driver() const noexcept { return core->driver(); }

  template <class Handler>
  void operator()(Handler handler) {
    asio::post(core->executor(), [c = core, box = handler_box<Handler>(
                                                std::move(handler), core->executor())]() mutable {
      box.invoke(invocation::inline_allowed, c->flow_control());
    });
  }
};

}  // namespace detail
}  // namespace grpcwire
