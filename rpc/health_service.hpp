// The service grpc.health.v1.Health, ready to be added to a server: load balancers, orchestrators
// and clients ask it how a server is. Needs generated messages, so it is a library of its own: link
// grpcwire::health. More in docs/services.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <grpcwire/rpc/service.hpp>

namespace grpcwire {

/// What a service is said to be; the numbers are those of grpc.health.v1.
enum class serving_status : std::uint8_t {
  unknown = 0,
  serving = 1,
  not_serving = 2,
};

namespace detail {
class health_handlers;
}

/// Answers Check, Watch and List (gRFC A90). The empty name is the server as a whole, which is
/// SERVING from the beginning; any other name is unknown until set_status() tells of it: Check ends
/// with NOT_FOUND then, Watch says SERVICE_UNKNOWN and goes on. A watcher gets the status now and
/// after each change; one that reads slowly gets the last one, and costs no memory for those it
/// missed. List ends with RESOURCE_EXHAUSTED when there are more than 100 names.
///
/// May be added to several servers, which may run on any number of threads, and must outlive them.
/// Watches stay open as long as their callers want: give server::shutdown() a deadline.
class health_service final : public service {
 public:
  health_service();
  ~health_service() override;
  health_service(const health_service&) = delete;
  health_service& operator=(const health_service&) = delete;

  /// Names are those of services, `package.Service`. Any thread.
  void set_status(std::string_view name, serving_status is);
  /// All that was set is NOT_SERVING from now on, and set_status() does nothing any more. To be
  /// called before server::shutdown(), so that clients leave in time. Any thread.
  void shut_down();

  std::string_view name() const noexcept override;
  void bind(method_binder& binder) override;

 private:
  std::unique_ptr<detail::health_handlers> handlers_;
};

}  // namespace grpcwire
