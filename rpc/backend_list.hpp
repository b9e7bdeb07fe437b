// The servers of a channel, a subchannel for each, and the policy that chooses among them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/load_balancer.hpp>
#include <grpcwire/rpc/subchannel.hpp>
#include <grpcwire/rpc/trace_source.hpp>

namespace grpcwire::detail {

class client_call_core;
class client_connection;

/// Told when calls may find their way, or end, by another pick; `why` is what failed, OK if nothing
/// did.
class backend_list_user {
 public:
  virtual void on_change(const codec::status& why) = 0;

 protected:
  ~backend_list_user() = default;
};

/// Runs on the executor only.
class backend_list {
 public:
  backend_list(const serial_executor& executor, const channel_options& options,
               std::unique_ptr<load_balancer> policy, backend_list_user& user);
  ~backend_list();
  backend_list(const backend_list&) = delete;
  backend_list& operator=(const backend_list&) = delete;

  /// The one backend there is and will be.
  void use(std::unique_ptr<transport::io::stream_source> source);
  /// Before the next update().
  void change_policy(std::unique_ptr<load_balancer> policy) { policy_ = std::move(policy); }
  /// By the service config: the service whose health makes backends READY; null: none. Before the
  /// next update().
  void check_health_of(std::optional<std::string> service) { checked_ = std::move(service); }
  /// How many connections each backend may have at a time; at least 1.
  void allow_connections(std::uint32_t limit);
  /// Ends those without calls that were silent for so long, but one of each backend.
  void close_surplus(std::chrono::milliseconds silent);
  /// What the resolver found: those that are gone finish their calls.
  void update(std::vector<endpoint> endpoints);

  /// Leaves IDLE: whatever the policy wants to be connected is.
  void connect();
  /// Ends all connections, none of which has calls.
  void go_idle();
  void shut_down();
  void let_go();
  void forked();
  void set_trace(trace_source source);

  bool one_connection() const { return policy_->one_connection(); }
  bool asleep() const noexcept { return asleep_; }
  bool empty() const noexcept { return backends_.empty(); }
  channel_state state() const;
  /// The connection for a call; if null it waits or fails, as the pick says.
  client_connection* choose(client_call_core& call, pick& made);
  std::vector<client_connection*> connections() const;

 private:
  class member;

  /// The service that backends are asked for; null: none is.
  const std::string* checked_service() const;
  void tell_policy();
  void told(member& which, const codec::status& why);
  std::unique_ptr<member> take(const endpoint& where);
  std::shared_ptr<subchannel> way_to(const std::vector<std::string>& addresses);
  std::shared_ptr<subchannel> own(std::unique_ptr<transport::io::stream_source> source);
  void hand_over(std::vector<std::unique_ptr<member>> gone);

  const serial_executor& executor_;
  const channel_options& options_;
  backend_list_user* user_;
  std::unique_ptr<load_balancer> policy_;
  std::optional<std::string> checked_;
  std::uint32_t connections_max_ = 1;
  std::vector<std::unique_ptr<member>> backends_;
  std::vector<std::shared_ptr<subchannel>> leaving_;  // whose connections have calls still
  trace_source trace_;
  bool asleep_ = true;  // IDLE: the policy hears nothing, and connects nothing
  bool quiet_ = false;  // the policy is told about all of them at once
};

}  // namespace grpcwire::detail
