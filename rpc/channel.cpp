#include "channel.hpp"

#include <utility>

#include <asio/io_context.hpp>

#include <grpcwire/rpc/blocking_driver.hpp>
#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/subchannel_pool.hpp>

namespace grpcwire {
namespace {

std::shared_ptr<detail::channel_core> over_descriptor(asio::any_io_executor executor,
                                                      std::unique_ptr<asio::io_context> loop,
                                                      int connected, channel_options&& options) {
  transport::io::descriptor owned(connected);
  std::string name = "fd:" + std::to_string(connected);
  auto why = why_not_connected(owned);
  auto source = why ? detail::channel_core::source_result(codec::unexpected{*std::move(why)})
                    : detail::channel_core::source_result(use_once(std::move(owned)));
  return std::make_shared<detail::channel_core>(
      std::move(executor), std::move(loop), std::move(source), std::move(name), std::move(options));
}

/// Those of a pool run on its executor, and need no loop of their own.
asio::any_io_executor executor_for(const channel_options& options,
                                   asio::any_io_executor otherwise) {
  return options.pool ? options.pool->executor() : std::move(otherwise);
}

}  // namespace

const asio::any_io_executor& detail::start_state_wait::get_executor() const noexcept {
  return core->executor().get();
}

detail::blocking_driver& detail::start_state_wait::driver() const noexcept {
  return core->driver();
}

void detail::start_state_wait::wait(channel_state seen, operation_ptr op) const {
  core->wait_for_change(seen, std::move(op));
}

struct channel::owner {
  std::shared_ptr<detail::channel_core> core;

  explicit owner(std::shared_ptr<detail::channel_core> c) : core(std::move(c)) {}
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() { core->close(); }
};

// Without options, so that who has none compiles nothing of them.
channel::channel(asio::any_io_executor executor, std::string target)
    : channel(std::move(executor), std::move(target), channel_options()) {}

channel::channel(std::string target) : channel(std::move(target), channel_options()) {}

channel::channel(asio::any_io_executor executor, std::string target, channel_options options)
    : owner_(std::make_shared<owner>(std::make_shared<detail::channel_core>(
          executor_for(options, std::move(executor)), nullptr, std::move(target),
          std::move(options)))) {}

channel::channel(std::string target, channel_options options) {
  auto loop = options.pool ? nullptr : std::make_unique<asio::io_context>();
  const asio::any_io_executor executor =
      loop ? asio::any_io_executor(loop->get_executor()) : options.pool->executor();
  owner_ = std::make_shared<owner>(std::make_shared<detail::channel_core>(
      executor, std::move(loop), std::move(target), std::move(options)));
}

channel::channel(std::shared_ptr<detail::channel_core> core)
    : owner_(std::make_shared<owner>(std::move(core))) {}

channel channel::from_descriptor(asio::any_io_executor executor, int connected,
                                 channel_options options) {
  return channel(over_descriptor(std::move(executor), nullptr, connected, std::move(options)));
}

channel channel::from_descriptor(int connected, channel_options options) {
  auto loop = std::make_unique<asio::io_context>();
  const asio::any_io_executor executor = loop->get_executor();
  return channel(over_descriptor(executor, std::move(loop), connected, std::move(options)));
}

void channel::notify_fork(asio::execution_context::fork_event event) {
  asio::query(executor(), asio::execution::context).notify_fork(event);
}

const std::shared_ptr<detail::channel_core>& channel::core() const noexcept {
  return owner_->core;
}

channel_state channel::state() const {
  return core()->state();
}

void channel::connect() {
  core()->executor().run([c = core()] { c->connect(); });
}

void channel::shutdown() {
  core()->executor().run([c = core()] { c->shut_down(); });
}

void channel::set_trace(std::shared_ptr<transport::trace_sink> sink) {
  set_trace_source(detail::same_for_all(std::move(sink)));
}

void channel::set_trace_source(trace_source source) {
  // Posted, never at once: the caller may be a sink that would be destroyed under its own feet.
  core()->executor().post(
      [c = core(), source = std::move(source)]() mutable { c->set_trace(std::move(source)); });
}

const std::string& channel::target() const {
  return core()->target();
}

const asio::any_io_executor& channel::executor() const {
  return core()->executor().get();
}

}  // namespace grpcwire
