#include "service.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

namespace grpcwire {

status unimplemented(const server_context& context) {
  return status(status_code::unimplemented,
                "the server has no handler for " + std::string(context.method()));
}

namespace detail {

void run_blocking(worker_pool& pool, const ref<server_call_base>& core,
                  std::function<void(server_call_base&)> work) {
  const bool accepted = pool.submit([core, work = std::move(work)] {
    try {
      work(*core);
    } catch (...) {
      core->finish(status_of_exception(std::current_exception()));
    }
  });
  if (!accepted) {
    core->finish(status(status_code::resource_exhausted,
                        "all workers are busy and too many calls wait for one"));
  }
}

}  // namespace detail

void method_binder::add(std::string_view path, method_kind kind,
                        std::unique_ptr<detail::method_handler> h) {
  auto entry = std::make_unique<detail::method_entry>(
      detail::method_entry{std::string(path), kind, std::move(h)});
  const std::string_view key = entry->path;
  if (!to_.emplace(key, std::move(entry)).second) {
    throw std::invalid_argument("the method " + std::string(path) + " is in this server already");
  }
}

worker_pool& method_binder::pool() const {
  if (pool_ == nullptr) {
    throw std::invalid_argument(
        "a blocking service needs a worker_pool: server.add(service, pool)");
  }
  return *pool_;
}

}  // namespace grpcwire
