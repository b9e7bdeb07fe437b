// What a server says of its own health, over the connection that calls go over, and what that means
// for the balancing policy (gRFC A17, gRPC doc/health-checking.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/channel_state.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/standing_call.hpp>

namespace grpcwire::detail {

/// HealthCheckRequest of grpc.health.v1.
std::string health_request(std::string_view service);
/// The status in a HealthCheckResponse, by its name in grpc.health.v1; null: it is no such message.
/// A status of later versions is `UNKNOWN`.
std::optional<std::string_view> health_in(codec::const_bytes response);

/// Told when state() is another one; may destroy the backend_health.
class backend_health_user {
 public:
  virtual void on_health() = 0;

 protected:
  ~backend_health_user() = default;
};

/// Asks for as long as it lives. READY while the service serves, or when nobody there can tell;
/// CONNECTING until the first answer, and when the watch begins again after an answer;
/// TRANSIENT_FAILURE otherwise. Runs on the channel's executor only.
class backend_health final : public standing_call_user {
 public:
  /// All references must outlive it.
  backend_health(const serial_executor& executor, const channel_options& options,
                 std::string service, backend_health_user& user);

  /// Asks over this connection from now on. What was known holds until it has answered.
  void watch(client_connection& over) { question_.ask(over); }
  /// The execution context ends.
  void let_go() { question_.let_go(); }

  const std::string& service() const noexcept { return service_; }
  channel_state state() const noexcept { return state_; }
  /// Why it is in TRANSIENT_FAILURE.
  const codec::status& failure() const noexcept { return failure_; }

 private:
  void on_message(codec::const_bytes payload) override;
  void on_broken(const codec::status& why, bool at_once) override;
  void on_unimplemented() override;
  void become(channel_state state, std::string why = {});

  std::string service_;
  backend_health_user& user_;
  standing_question question_;
  channel_state state_ = channel_state::connecting;
  codec::status failure_;
};

}  // namespace grpcwire::detail
