// How the coroutine of a handler is started, and how its end becomes the end of the call.
#pragma once

#include <exception>
#include <utility>

#include <asio/awaitable.hpp>
#include <asio/version.hpp>

#include <grpcwire/rpc/result.hpp>
#include <grpcwire/rpc/server_call_base.hpp>

namespace grpcwire::detail {

/// UNKNOWN, and what was thrown.
status status_of_exception(std::exception_ptr thrown);

/// Ends the call without a response, which is a mistake when the status is OK.
void end_without_response(server_call_base& core, status&& outcome);

/// Ends the call with what the handler returned.
template <class Response>
void end_call(server_call_base& core, result<Response>&& outcome) {
  if (outcome) {
    core.reply(*outcome);
  } else {
    end_without_response(core, std::move(outcome.error()));
  }
}
inline void end_call(server_call_base& core, status&& outcome) {
  core.finish(std::move(outcome));
}

#if ASIO_VERSION / 100 == 1022
/// What lies inside this version of Asio: launch() says why.
using handler_coroutine = asio::awaitable<asio::detail::awaitable_thread_entry_point>;
#else
using handler_coroutine = asio::awaitable<void>;
#endif

/// `invoke` returns the handler's awaitable. Nothing is thrown.
template <class Invoke>
handler_coroutine run_handler(ref<server_call_base> core, Invoke invoke) {
  std::exception_ptr thrown;
  try {
    end_call(*core, co_await invoke());
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) core->finish(status_of_exception(thrown));
}

/// On the executor of the call, which the coroutine keeps alive.
void launch(server_call_base& core, handler_coroutine coroutine);

template <class Invoke>
void spawn_handler(ref<server_call_base> core, Invoke&& invoke) {
  server_call_base& c = *core;
  launch(c, run_handler(std::move(core), std::forward<Invoke>(invoke)));
}

}  // namespace grpcwire::detail
