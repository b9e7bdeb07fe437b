// How operations of a call begin, on either side of it.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <asio/any_io_executor.hpp>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/ref_counted.hpp>

namespace grpcwire::detail {

/// Where they run by default. `Core` is client_call_base or server_call_base.
template <class Core>
struct call_initiation {
  ref<Core> core;

  using executor_type = asio::any_io_executor;
  executor_type get_executor() const noexcept { return core->executor(); }
  blocking_driver& driver() const { return core->driver(); }
};

template <class Message, class Core>
struct start_read : call_initiation<Core> {
  template <class Handler>
  void operator()(Handler handler) {
    using operation_type = read_operation<new_message<Message>, Handler, Core>;
    this->core->read(std::make_unique<operation_type>(std::move(handler), this->core));
  }
};

template <class Message, class Core>
struct start_read_into : call_initiation<Core> {
  template <class Handler>
  void operator()(Handler handler, Message* into) {
    using operation_type = read_operation<callers_message<Message>, Handler, Core>;
    this->core->read(std::make_unique<operation_type>(std::move(handler), this->core, into));
  }
};

template <class Core>
struct start_write : call_initiation<Core> {
  template <class Handler>
  void operator()(Handler handler, std::optional<codec::buffer> encoded) {
    this->core->write(std::move(encoded), std::make_unique<write_operation<Handler>>(
                                              std::move(handler), this->core->executor()));
  }
};

/// Asks the core on its executor.
template <class Core>
struct start_flow_control : call_initiation<Core> {
  template <class Handler>
  void operator()(Handler handler) {
    asio::post(this->core->executor(),
               [c = this->core,
                box = handler_box<Handler>(std::move(handler), this->core->executor())]() mutable {
                 box.invoke(invocation::inline_allowed, c->flow_control());
               });
  }
};

}  // namespace grpcwire::detail
