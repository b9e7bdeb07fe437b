// The server's handle of a streaming call: what a handler reads from and writes to.
#pragma once

#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/call_initiation.hpp>
#include <grpcwire/rpc/flow_control.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/server_call_base.hpp>

namespace grpcwire {

/// Lives as long as the handler. One read and one write may be under way at the same time.
/// Cancelling one of them ends only that wait; the call goes on and no message is lost.
template <class Request, class Response>
class server_call {
 public:
  explicit server_call(detail::ref<detail::server_call_base> core) : core_(std::move(core)) {}

  /// The next request; read_error::ended after the half-close or when the caller is gone.
  /// Signature: void(read_result<Request>).
  template <completion_token_for<void(read_result<Request>)> Token = asio::use_awaitable_t<>>
  auto read(Token&& token = {}) {
    return asio::async_initiate<Token, void(read_result<Request>)>(
        detail::start_read<Request, detail::server_call_base>{{core_}}, token);
  }

  /// The same into a request that is used again and again, which saves its memory: worth it for
  /// large ones, `while (co_await call.read_into(request))`. It must live until the handler runs.
  /// At the end of a whole request it is still the message before; otherwise, without one, it may
  /// hold anything. Signature: void(read_result<void>).
  template <completion_token_for<void(read_result<void>)> Token = asio::use_awaitable_t<>>
  auto read_into(Request& request, Token&& token = {}) {
    return asio::async_initiate<Token, void(read_result<void>)>(
        detail::start_read_into<Request, detail::server_call_base>{{core_}}, token, &request);
  }

  /// Sends one response, which is serialised at once; completes when flow control has taken it, so
  /// a slow caller slows the handler instead of filling the memory. Signature: void(write_result).
  template <completion_token_for<void(write_result)> Token = asio::use_awaitable_t<>>
  auto write(detail::message_to_write<Response> message, Token&& token = {}) {
    return write(std::forward<detail::message_to_write<Response>>(message), write_options{},
                 std::forward<Token>(token));
  }

  /// The same: `co_await call.write(photo, {.compress = false})`.
  template <completion_token_for<void(write_result)> Token = asio::use_awaitable_t<>>
  auto write(detail::message_to_write<Response> message, write_options how, Token&& token = {}) {
    return asio::async_initiate<Token, void(write_result)>(
        detail::start_write<detail::server_call_base>{{core_}}, token,
        core_->encode(std::forward<detail::message_to_write<Response>>(message), how));
  }

  /// Windows, and what waits on either side of them. Signature: void(flow_control_state).
  template <completion_token_for<void(flow_control_state)> Token = asio::use_awaitable_t<>>
  auto flow_control(Token&& token = {}) {
    return asio::async_initiate<Token, void(flow_control_state)>(
        detail::start_flow_control<detail::server_call_base>{{core_}}, token);
  }

 private:
  detail::ref<detail::server_call_base> core_;
};

/// The same for handlers that block a thread of a worker_pool.
template <class Request, class Response>
class blocking_server_call {
 public:
  explicit blocking_server_call(detail::ref<detail::server_call_base> core)
      : call_(std::move(core)) {}

  read_result<Request> read() { return call_.read(blocking); }
  read_result<void> read_into(Request& request) { return call_.read_into(request, blocking); }
  write_result write(detail::message_to_write<Response> message, write_options how = {}) {
    return call_.write(std::forward<detail::message_to_write<Response>>(message), how, blocking);
  }
  flow_control_state flow_control() { return call_.flow_control(blocking); }

 private:
  server_call<Request, Response> call_;
};

}  // namespace grpcwire
