#include "spawn_handler.hpp"

#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/use_awaitable.hpp>

#include <grpcwire/rpc/handler_cancellation.hpp>

namespace grpcwire::detail {

status status_of_exception(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return status(status_code::unknown, std::string("the handler threw: ") + e.what());
  } catch (...) {
    return status(status_code::unknown, "the handler threw something that is no std::exception");
  }
}

void end_without_response(server_call_base& core, status&& outcome) {
  if (outcome.ok()) {
    core.finish(status(status_code::internal, "the handler returned OK without a response"));
  } else {
    core.finish(std::move(outcome));
  }
}

#if ASIO_VERSION / 100 == 1022
/// As asio::co_spawn() does it, without what a handler has no use for: it starts on its executor,
/// so nothing is dispatched, and nobody is told of its end, so nothing is posted. That is an eighth
/// of the instructions of a unary call, hence the use of what lies inside this version of Asio.
void launch(server_call_base& core, handler_coroutine coroutine) {
  const asio::any_io_executor executor =
      asio::prefer(core.executor(), asio::execution::outstanding_work.tracked);
  const asio::cancellation_slot slot = core.cancellation().slot();
  const asio::cancellation_state state(core.cancellation().first(),
                                       asio::enable_total_cancellation());
  asio::detail::awaitable_handler<asio::any_io_executor, void>(std::move(coroutine), executor, slot,
                                                               state)
      .launch();
}
#else
void launch(server_call_base& core, handler_coroutine coroutine) {
  asio::co_spawn(core.executor(), std::move(coroutine),
                 asio::bind_cancellation_slot(core.cancellation().slot(), asio::detached));
}
#endif

}  // namespace grpcwire::detail
