#include "health_service.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <grpcwire/rpc/health_registry_internal.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"

namespace grpcwire {
namespace detail {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using grpc::health::v1::HealthListRequest;
using grpc::health::v1::HealthListResponse;

namespace {

constexpr std::size_t listed_max = 100;  // gRFC A90

HealthCheckResponse response_of(std::optional<serving_status> is) {
  HealthCheckResponse response;
  response.set_status(is ? static_cast<HealthCheckResponse::ServingStatus>(*is)
                         : HealthCheckResponse::SERVICE_UNKNOWN);
  return response;
}

/// Touches nothing of the service after its first suspension.
awaitable<status> tell(std::shared_ptr<health_registry> registry, std::string name,
                       server_context& context,
                       server_call<HealthCheckRequest, HealthCheckResponse>& call) {
  health_watch watch(std::move(registry), std::move(name), context.executor());
  auto last = watch.now();
  if (!co_await call.write(response_of(last))) co_return status();
  while (!context.cancelled()) {
    const auto now = watch.now();
    if (now == last) {
      co_await watch.change();
      continue;
    }
    last = now;
    if (!co_await call.write(response_of(last))) break;
  }
  co_return status();
}

}  // namespace

class health_handlers final : public Health::service {
 public:
  awaitable<result<HealthCheckResponse>> Check(server_context&,
                                               HealthCheckRequest request) override {
    const auto is = registry->find(request.service());
    if (!is) {
      co_return status(status_code::not_found,
                       "no health is known of a service " + request.service());
    }
    co_return response_of(is);
  }

  awaitable<result<HealthListResponse>> List(server_context&, HealthListRequest) override {
    const auto all = registry->all(listed_max);
    if (!all) {
      co_return status(status_code::resource_exhausted,
                       "there are more than " + std::to_string(listed_max) + " services");
    }
    HealthListResponse response;
    for (const auto& [name, is] : *all) (*response.mutable_statuses())[name] = response_of(is);
    co_return response;
  }

  awaitable<status> Watch(server_context& context, HealthCheckRequest request,
                          server_call<HealthCheckRequest, HealthCheckResponse>& call) override {
    return tell(registry, std::move(*request.mutable_service()), context, call);
  }

  const std::shared_ptr<health_registry> registry = std::make_shared<health_registry>();
};

}  // namespace detail

health_service::health_service() : handlers_(std::make_unique<detail::health_handlers>()) {}

health_service::~health_service() = default;

void health_service::set_status(std::string_view name, serving_status is) {
  handlers_->registry->set(name, is);
}

void health_service::shut_down() {
  handlers_->registry->shut_down();
}

std::string_view health_service::name() const noexcept {
  return handlers_->name();
}

void health_service::bind(method_binder& binder) {
  handlers_->bind(binder);
}

}  // namespace grpcwire
