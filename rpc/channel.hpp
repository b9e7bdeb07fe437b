// A channel: the way to a server, over which stubs make calls.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/trace_source.hpp>

namespace grpcwire {

namespace detail {
class channel_core;

/// Waits for a channel to leave a state.
struct start_state_wait {
  std::shared_ptr<channel_core> core;

  using executor_type = asio::any_io_executor;
  const asio::any_io_executor& get_executor() const noexcept;
  blocking_driver& driver() const noexcept;
  void wait(channel_state seen, operation_ptr op) const;

  template <class Handler>
  void operator()(Handler handler, channel_state seen) {
    wait(seen, std::make_unique<status_operation<Handler>>(std::move(handler), get_executor()));
  }
};
}  // namespace detail

/// Connects when the first call wants it, again when the connection is lost, with back-off. May be
/// used from any thread. Copies share one channel. Calls keep what they need alive; when the last
/// copy goes, the channel is shut down and calls that still run end with UNAVAILABLE.
///
/// Targets: `host:port`, `dns:///host:port`, `[v6]:port`, `unix:path`, `unix-abstract:name`. The
/// port defaults to 443. A bad target is not thrown: every call says what is wrong with it.
class channel {
 public:
  /// Runs on the user's executor and needs somebody to run it.
  channel(asio::any_io_executor executor, std::string target);
  channel(asio::any_io_executor executor, std::string target, channel_options options);
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>)
      channel(Context& context, std::string target)
      : channel(asio::any_io_executor(context.get_executor()), std::move(target)) {}
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>)
      channel(Context& context, std::string target, channel_options options)
      : channel(asio::any_io_executor(context.get_executor()), std::move(target),
                std::move(options)) {}
  /// Has a loop of its own, which runs while a thread waits in a call with the `blocking` token.
  explicit channel(std::string target);
  explicit channel(std::string target, channel_options options);

  /// Over a stream socket that is connected already, such as one of a socketpair(2). Takes the
  /// descriptor over, also when it is of no use; then every call says why. There is no second
  /// connection: when this one ends the channel is SHUTDOWN, and calls fail with UNAVAILABLE.
  static channel from_descriptor(asio::any_io_executor executor, int connected,
                                 channel_options options = {});
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>) static channel
      from_descriptor(Context& context, int connected, channel_options options = {}) {
    return from_descriptor(asio::any_io_executor(context.get_executor()), connected,
                           std::move(options));
  }
  /// With a loop of its own.
  static channel from_descriptor(int connected, channel_options options = {});

  channel_state state() const;
  /// Leaves IDLE without a call.
  void connect();
  /// Ends connections and calls for good.
  void shutdown();

  /// Watches the connections that there are, and those to come, from soon on; null ends it. In
  /// place of channel_options::trace and of what was set before.
  void set_trace(std::shared_ptr<transport::trace_sink> sink);
  /// The same with a sink for each connection, or for some of them.
  void set_trace_source(trace_source source);

  /// Completes when the state is no longer `seen`. Signature: void(status); CANCELLED when
  /// cancelled.
  template <completion_token_for<void(status)> Token = asio::use_awaitable_t<>>
  auto wait_for_state_change(channel_state seen, Token&& token = {}) {
    return asio::async_initiate<Token, void(status)>(detail::start_state_wait{core()}, token, seen);
  }

  /// For channels with a loop of their own; others hear of forks from their io_context. Asio's
  /// protocol: fork_prepare before fork(), fork_parent and fork_child behind it. docs/transports.md
  /// says what stays usable.
  void notify_fork(asio::execution_context::fork_event event);

  const std::string& target() const;
  const asio::any_io_executor& executor() const;
  const std::shared_ptr<detail::channel_core>& core() const noexcept;

 private:
  friend class server;
  explicit channel(std::shared_ptr<detail::channel_core> core);

  struct owner;  // shuts the core down when the last copy goes
  std::shared_ptr<owner> owner_;
};

}  // namespace grpcwire
