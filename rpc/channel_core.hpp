// What is behind a channel: its state, its servers, and the calls that wait for one of them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/backend_list.hpp>
#include <grpcwire/rpc/blocking_driver.hpp>
#include <grpcwire/rpc/call_attempts.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/metric_series.hpp>
#include <grpcwire/rpc/target.hpp>

namespace grpcwire::detail {

/// Lives as long as the channel or one of its calls. Runs on its executor unless it says otherwise.
class channel_core final : public backend_list_user,
                           public context_resident,
                           public std::enable_shared_from_this<channel_core> {
 public:
  /// `loop` is the loop of a channel without an executor of the user's, else null.
  channel_core(asio::any_io_executor executor, std::unique_ptr<asio::io_context> loop,
               std::string target, channel_options&& options);
  /// Over connections of a source; its error makes every call fail. `target` is only shown.
  using source_result = codec::result<std::unique_ptr<transport::io::stream_source>, std::string>;
  channel_core(asio::any_io_executor executor, std::unique_ptr<asio::io_context> loop,
               std::optional<source_result> source, std::string target, channel_options&& options);
  ~channel_core();

  // ---- any thread
  const serial_executor& executor() const noexcept { return executor_; }
  const channel_options& options() const noexcept { return options_; }
  const std::string& target() const noexcept { return target_; }
  /// Among the channels that share its connections.
  std::uint64_t number() const noexcept { return number_; }
  const std::string& authority() const noexcept { return options_.authority; }
  blocking_driver& driver() noexcept { return driver_; }
  channel_state state() const noexcept { return state_; }
  /// Where calls are counted; null: nowhere.
  client_table* metrics() const noexcept { return metrics_; }
  /// The channel's last handle is gone.
  void close();

  // ---- on the executor
  void start(ref<client_call_core> call);
  /// The call is tried again at that time.
  void start_later(const ref<client_call_core>& call, std::chrono::steady_clock::time_point when);
  /// False: start_later() would make it fail.
  bool has_room_to_rest() const noexcept { return resting_.size() < options_.max_waiting_calls; }
  retry_throttle& throttle() noexcept { return throttle_; }
  /// The call is over or has a stream; it waits no longer.
  void forget(client_call_core& call);
  void connect();
  void shut_down();
  void set_trace(trace_source source);
  /// `op` completes when the state is no longer `seen`. Any thread.
  void wait_for_change(channel_state seen, operation_ptr op);

 private:
  struct waiting_call {
    ref<client_call_core> call;
    asio::steady_timer timer;
  };

  void on_change(const codec::status& why) override;
  void context_ended() override;
  void forked() override;
  void set_state(channel_state state);
  void do_wait_for_change(channel_state seen, operation_ptr op);
  void cancel_wait(std::uint64_t number);
  void begin(std::optional<source_result> source);
  load_balancing_policy policy_of(const service_config& config) const;
  codec::result<service_config, std::string> read_config(const std::string& json) const;
  bool take_config(const std::string& json);
  void put_in_force(std::shared_ptr<const service_config> config);
  void configure_backends();
  codec::result<reached, std::string> servers_of(std::optional<source_result> source);
  void wake();
  void on_resolution(result<resolution>&& found);
  bool dispatch(client_call_core& call);
  void enqueue(ref<client_call_core> call);
  std::vector<ref<client_call_core>> waiting_calls() const;
  void watch_deadline(waiting_call& waiting);
  void configure_waiting();
  void leave_queue(client_call_core& call);
  void start_waiting();
  void fail_waiting(const codec::status& why);
  codec::status unavailable() const;
  void watch_idleness();
  void check_idleness_at(std::chrono::steady_clock::time_point when);
  void check_idleness();

  std::unique_ptr<asio::io_context> loop_;  // first: everything else is gone before it
  serial_executor executor_;
  channel_options options_;
  const std::uint64_t number_;
  std::string target_;
  client_table* const metrics_ = table_of(options_.metrics, target_);
  codec::status bad_target_;
  codec::status last_failure_;        // of a backend
  codec::status resolution_failure_;  // OK since the resolver found something
  blocking_driver driver_;
  std::unique_ptr<backend_list> backends_;  // null: a bad target, or the io_context is gone
  std::unique_ptr<resolver> resolver_;
  bool resolving_ = false;
  std::shared_ptr<const service_config> own_config_;  // of the options; never null
  std::shared_ptr<const service_config> config_;      // in force; never null
  load_balancing_policy policy_;                      // the one of backends_
  retry_throttle throttle_;
  std::atomic<channel_state> state_ = channel_state::idle;  // read on any thread
  bool shut_down_ = false;  // by this side; else SHUTDOWN means that no connection can be had
  std::list<waiting_call> waiting_;  // in the order in which they came
  std::unordered_map<client_call_core*, std::list<waiting_call>::iterator> places_;
  std::unordered_map<client_call_core*, waiting_call> resting_;  // between two attempts
  std::vector<operation_ptr> state_waiters_;
  std::optional<asio::steady_timer> idle_timer_;  // runs while the channel is not IDLE
  bool watching_idleness_ = false;
  bool choosing_ = false;                 // a policy is asked for a backend
  bool used_ = false;                     // by a call since the timer was set
  std::atomic<std::uint64_t> waits_ = 0;  // begun; the number of the last one
};

}  // namespace grpcwire::detail
