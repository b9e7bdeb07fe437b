// A server: listens, and lets services answer calls.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/deadline.hpp>
#include <grpcwire/rpc/generic_service.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/rpc/server_options.hpp>
#include <grpcwire/rpc/service.hpp>
#include <grpcwire/rpc/trace_source.hpp>

namespace grpcwire {

class channel;

namespace detail {

class server_core;

struct start_shutdown {
  std::shared_ptr<server_core> core;

  using executor_type = asio::any_io_executor;
  const asio::any_io_executor& get_executor() const noexcept;
  blocking_driver& driver() const noexcept;
  void shut_down(deadline until, operation_ptr op) const;

  template <class Handler>
  void operator()(Handler handler, deadline until) {
    shut_down(until,
              std::make_unique<status_operation<Handler>>(std::move(handler), get_executor()));
  }
};

}  // namespace detail

/// May be used from any thread, except that services are added before it listens. Services and
/// worker pools must outlive it. Its destructor is stop().
class server {
 public:
  /// Runs on the user's executor and needs somebody to run it.
  explicit server(asio::any_io_executor executor);
  server(asio::any_io_executor executor, server_options options);
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>) explicit server(
      Context& context)
      : server(asio::any_io_executor(context.get_executor())) {}
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>)
      server(Context& context, server_options options)
      : server(asio::any_io_executor(context.get_executor()), std::move(options)) {}
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Throws std::logic_error once the server listens, std::invalid_argument when a method is there
  /// already or a blocking service comes without a pool.
  void add(service& s);
  void add(service& s, worker_pool& pool);
  /// For calls of methods that no service here has, instead of UNIMPLEMENTED (generic_service.hpp).
  /// Throws std::logic_error once the server listens, std::invalid_argument for a second one.
  void add_fallback(generic_service& s);

  /// `host:port`, `[::]:port` (IPv4 too, unless options say otherwise), `unix:path`,
  /// `unix-abstract:name`; port 0 takes a free one. May be called several times. Returns the real
  /// address, or one sentence with what is wrong.
  result<std::string> listen(std::string_view address);

  /// A socket that listens already, TCP or Unix-domain: from systemd (socket_activation.hpp) or a
  /// parent process. Takes the descriptor over. Never removes its socket file. Returns its address.
  result<std::string> listen_descriptor(int listening);
  /// One connection that exists already, such as an end of a socketpair(2) or what inetd hands
  /// over. Takes the descriptor over. Works with and without listen().
  status serve(int connected);
  /// A channel to this server without sockets. It runs on its own executor, which may be that of
  /// another io_context and thread. It survives neither the server nor its stop(): calls fail with
  /// UNAVAILABLE then. Include channel.hpp.
  channel connect_in_process(asio::any_io_executor executor, channel_options options = {});
  template <class Context>
  requires(std::is_convertible_v<Context&, asio::execution_context&>) auto connect_in_process(
      Context& context, channel_options options = {}) {
    // Of no type yet, or clang would ask for the whole of `channel` here.
    return connect_in_process(context.get_executor(), std::move(options));
  }
  /// With a loop of its own, for the `blocking` token.
  channel connect_in_process(channel_options options = {});

  /// Graceful: no new connections, two GOAWAYs on each, calls that run may finish until the
  /// deadline. Completes when the last connection is closed. Signature: void(status).
  template <completion_token_for<void(status)> Token = asio::use_awaitable_t<>>
  auto shutdown(deadline until = {}, Token&& token = {}) {
    return asio::async_initiate<Token, void(status)>(detail::start_shutdown{core_}, token, until);
  }

  /// Immediate: connections are closed, handlers are cancelled, callers see UNAVAILABLE.
  void stop();

  /// Watches the connections that there are, and those to come, from soon on; null ends it. In
  /// place of server_options::trace and of what was set before.
  void set_trace(std::shared_ptr<transport::trace_sink> sink);
  /// The same with a sink for each connection, or for some of them.
  void set_trace_source(trace_source source);

  std::size_t connection_count() const;

  /// For ready-made services that tell of it.
  const std::shared_ptr<detail::server_core>& core() const noexcept { return core_; }

 private:
  std::shared_ptr<detail::server_core> core_;
};

}  // namespace grpcwire
