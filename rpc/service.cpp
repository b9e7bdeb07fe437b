#include "service.hpp"

#include <stdexcept>

namespace grpcwire {

status unimplemented(const server_context& context) {
  return status(status_code::unimplemented,
                "the server has no handler for " + std::string(context.method()));
}

namespace detail {

status status_of_exception(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return status(status_code::unknown, std::string("the handler threw: ") + e.what());
  } catch (...) {
    return status(status_code::unknown, "the handler threw something that is no std::exception");
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
