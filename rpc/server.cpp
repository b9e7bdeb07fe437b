#include "server.hpp"

#include <utility>

#include <grpcwire/rpc/blocking_driver.hpp>
#include <grpcwire/rpc/server_core.hpp>

namespace grpcwire {

const asio::any_io_executor& detail::start_shutdown::get_executor() const noexcept {
  return core->executor();
}

detail::blocking_driver& detail::start_shutdown::driver() const noexcept {
  return core->driver();
}

void detail::start_shutdown::shut_down(deadline until, operation_ptr op) const {
  core->shut_down(until, std::move(op));
}

server::server(asio::any_io_executor executor) : server(std::move(executor), server_options()) {}

server::server(asio::any_io_executor executor, server_options options)
    : core_(std::make_shared<detail::server_core>(std::move(executor), std::move(options))) {}

server::~server() {
  core_->stop();
}

void server::add(service& s) {
  core_->add(s, nullptr);
}

void server::add(service& s, worker_pool& pool) {
  core_->add(s, &pool);
}

void server::add_fallback(generic_service& s) {
  core_->add_fallback(detail::make_fallback(s));
}

result<std::string> server::listen(std::string_view address) {
  return core_->listen(address);
}

result<std::string> server::listen_descriptor(int listening) {
  return core_->listen_descriptor(listening);
}

status server::serve(int connected) {
  return core_->serve(connected);
}

void server::stop() {
  core_->stop();
}

void server::set_trace(std::shared_ptr<transport::trace_sink> sink) {
  core_->set_trace(detail::same_for_all(std::move(sink)));
}

void server::set_trace_source(trace_source source) {
  core_->set_trace(std::move(source));
}

std::size_t server::connection_count() const {
  return core_->connection_count();
}

}  // namespace grpcwire
