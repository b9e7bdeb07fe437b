// How the coroutine of a handler is started, and how its end becomes the end of the call.
#pragma once

#include <exception>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>

#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/rpc/server_call_core.hpp>

namespace grpcwire::detail {

/// UNKNOWN, and what was thrown.
status status_of_exception(std::exception_ptr thrown);

/// Ends the call with what the handler returned.
template <class Response>
void end_call(server_call_core& core, result<Response>&& outcome) {
  if (outcome) {
    core.reply(*outcome);
  } else if (outcome.error().ok()) {
    core.finish(status(status_code::internal, "the handler returned OK without a response"));
  } else {
    core.finish(std::move(outcome.error()));
  }
}
inline void end_call(server_call_core& core, status&& outcome) {
  core.finish(std::move(outcome));
}

/// `invoke` returns the handler's awaitable. Nothing is thrown.
template <class Coroutine, class Invoke>
Coroutine run_handler(ref<server_call_core> core, Invoke invoke) {
  std::exception_ptr thrown;
  try {
    end_call(*core, co_await invoke());
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) core->finish(status_of_exception(thrown));
}

#if ASIO_VERSION / 100 == 1022
/// As asio::co_spawn() does it, without what a handler has no use for: it starts on its executor,
/// so nothing is dispatched, and nobody is told of its end, so nothing is posted. That is an eighth
/// of the instructions of a unary call, hence the use of what lies inside this version of Asio.
template <class Invoke>
void spawn_handler(ref<server_call_core> core, Invoke&& invoke) {
  using entry_point = asio::awaitable<asio::detail::awaitable_thread_entry_point>;
  const asio::any_io_executor executor =
      asio::prefer(core->executor(), asio::execution::outstanding_work.tracked);
  const asio::cancellation_slot slot = core->handler_slot();
  const asio::cancellation_state state(slot, asio::enable_total_cancellation());
  asio::detail::awaitable_handler<asio::any_io_executor, void>(
      run_handler<entry_point>(std::move(core), std::forward<Invoke>(invoke)), executor, slot,
      state)
      .launch();
}
#else
template <class Invoke>
void spawn_handler(ref<server_call_core> core, Invoke&& invoke) {
  server_call_core& c = *core;
  asio::co_spawn(c.executor(),
                 run_handler<asio::awaitable<void>>(std::move(core), std::forward<Invoke>(invoke)),
                 asio::bind_cancellation_slot(c.handler_slot(), asio::detached));
}
#endif

}  // namespace grpcwire::detail
