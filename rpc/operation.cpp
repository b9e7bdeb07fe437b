#include "operation.hpp"

#include <utility>

namespace grpcwire::detail {

void submit(const asio::any_io_executor& executor, std::unique_ptr<delayed_work> work,
            invocation how) {
  auto run = [w = std::move(work)] { w->run(); };
  if (how == invocation::posted) {
    asio::post(executor, std::move(run));
  } else {
    asio::dispatch(executor, std::move(run));
  }
}

}  // namespace grpcwire::detail
