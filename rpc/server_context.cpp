#include "server_context.hpp"

#include <utility>

#include <grpcwire/rpc/server_call_core.hpp>

namespace grpcwire {

const metadata& server_context::request_metadata() const {
  return core_.head().custom;
}
std::string_view server_context::method() const {
  return core_.path();
}
const std::string& server_context::authority() const {
  return core_.head().authority;
}
const std::string& server_context::peer() const {
  return core_.peer();
}
const std::shared_ptr<const security_info>& server_context::security() const {
  return core_.security();
}
grpcwire::deadline server_context::deadline() const {
  return core_.call_deadline();
}
bool server_context::cancelled() const noexcept {
  return core_.cancelled();
}

void server_context::add_initial_metadata(std::string_view name, std::string_view value) {
  core_.initial_metadata().add(name, value);
}
void server_context::send_initial_metadata() {
  core_.send_initial_metadata();
}
void server_context::add_trailing_metadata(std::string_view name, std::string_view value) {
  core_.trailing_metadata().add(name, value);
}
void server_context::set_compression(codec::encoding coding) {
  core_.set_compression(coding);
}
codec::encoding server_context::request_encoding() const noexcept {
  return core_.request_encoding();
}
bool server_context::request_was_compressed() const noexcept {
  return core_.request_was_compressed();
}
void server_context::compress_messages(bool on) {
  core_.compress_messages(on);
}

void server_context::set_receive_window(std::uint32_t bytes) {
  core_.set_receive_window(bytes);
}

const asio::any_io_executor& server_context::executor() const {
  return core_.executor();
}

std::optional<trace_context> server_context::trace() const {
  if (const trace_context* own = core_.trace()) return *own;
  return read_trace_context(request_metadata());
}
void server_context::set_trace(trace_context context) {
  core_.set_trace(std::move(context));
}

std::span<const std::unique_ptr<server_call_hooks>> server_context::all_hooks() const noexcept {
  if (core_.hooks() == nullptr) return {};
  return core_.hooks()->all();
}

detail::ref<detail::server_call_core> server_context::core() const {
  return detail::ref(&core_);
}

}  // namespace grpcwire
