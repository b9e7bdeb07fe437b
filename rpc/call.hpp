// The client's handle of a streaming call. One class for all kinds.
#pragma once

#include <optional>
#include <utility>

#include <google/protobuf/message_lite.h>

#include <grpcwire/rpc/call_initiation.hpp>
#include <grpcwire/rpc/client_call_base.hpp>
#include <grpcwire/rpc/flow_control.hpp>
#include <grpcwire/rpc/operation.hpp>

namespace grpcwire {
namespace detail {

template <class Response>
struct start_unary : call_initiation<client_call_base> {
  template <class Handler>
  void operator()(Handler handler) {
    core->start(
        std::make_unique<unary_operation<Response, Handler>>(std::move(handler), core->executor()));
  }
};

template <class Handler>
class head_operation final : public operation {
 public:
  head_operation(Handler&& h, const ref<client_call_base>& core)
      : box_(std::move(h), core->executor()), core_(core) {}
  asio::cancellation_slot slot() const noexcept override { return box_.slot(); }
  void complete(outcome&& o, invocation how) override {
    using result_type = read_result<metadata>;
    box_.invoke(how, o.has_message ? result_type(metadata(core_->initial_metadata()))
                                   : result_type(codec::unexpected{o.read}));
  }

 private:
  handler_box<Handler> box_;
  ref<client_call_base> core_;
};

struct start_read_head : call_initiation<client_call_base> {
  template <class Handler>
  void operator()(Handler handler) {
    core->read_head(std::make_unique<head_operation<Handler>>(std::move(handler), core));
  }
};

struct start_finish : call_initiation<client_call_base> {
  template <class Handler>
  void operator()(Handler handler) {
    core->finish(std::make_unique<status_operation<Handler>>(std::move(handler), core->executor()));
  }
};

}  // namespace detail

/// Reads, writes and the end of one call. One read and one write may be under way at the same time,
/// on any thread. Destroying the handle cancels a call that has not ended.
///
/// Cancellation: cancelling a read or a write, by its slot or with `||`, ends only that wait. The
/// call goes on and no message is lost. Cancelling finish() cancels the call.
template <class Request, class Response>
class call {
 public:
  explicit call(detail::ref<detail::client_call_base> core) : core_(std::move(core)) {}
  call(call&&) noexcept = default;
  call& operator=(call&& other) noexcept {
    if (this != &other) {
      abandon();
      core_ = std::move(other.core_);
    }
    return *this;
  }
  ~call() { abandon(); }

  /// The next response. Signature: void(read_result<Response>).
  template <completion_token_for<void(read_result<Response>)> Token = asio::use_awaitable_t<>>
  auto read(Token&& token = {}) {
    return asio::async_initiate<Token, void(read_result<Response>)>(
        detail::start_read<Response, detail::client_call_base>{{core_}}, token);
  }

  /// The same into a response that is used again and again, which saves its memory: worth it for
  /// large ones, `while (co_await call.read_into(response))`. It must live until the handler runs.
  /// At the end of a call that ends well it is still the message before; otherwise, without one, it
  /// may hold anything. Signature: void(read_result<void>).
  template <completion_token_for<void(read_result<void>)> Token = asio::use_awaitable_t<>>
  auto read_into(Response& response, Token&& token = {}) {
    return asio::async_initiate<Token, void(read_result<void>)>(
        detail::start_read_into<Response, detail::client_call_base>{{core_}}, token, &response);
  }

  /// The metadata with which the server answers: here before the first response, or long before it
  /// when the server says so. read_error::ended: the call ended without any. May be under way
  /// beside a read, once at a time. Signature: void(read_result<metadata>).
  template <completion_token_for<void(read_result<metadata>)> Token = asio::use_awaitable_t<>>
  auto initial_metadata(Token&& token = {}) {
    return asio::async_initiate<Token, void(read_result<metadata>)>(
        detail::start_read_head{{core_}}, token);
  }

  /// Sends one request, which is serialised at once; completes when flow control has taken it, so
  /// awaiting each write bounds the memory. Signature: void(write_result).
  template <completion_token_for<void(write_result)> Token = asio::use_awaitable_t<>>
  auto write(detail::message_to_write<Request> message, Token&& token = {}) {
    return write(std::forward<detail::message_to_write<Request>>(message), write_options{},
                 std::forward<Token>(token));
  }

  /// The same: `co_await call.write(photo, {.compress = false})`.
  template <completion_token_for<void(write_result)> Token = asio::use_awaitable_t<>>
  auto write(detail::message_to_write<Request> message, write_options how, Token&& token = {}) {
    return asio::async_initiate<Token, void(write_result)>(
        detail::start_write<detail::client_call_base>{{core_}}, token,
        core_->encode(std::forward<detail::message_to_write<Request>>(message), how));
  }

  /// Half-close: no more requests. Takes effect behind the writes before it.
  void writes_done() { core_->writes_done(); }

  /// The end of the call. Responses that were not read are dropped from here on.
  /// Signature: void(status).
  template <completion_token_for<void(status)> Token = asio::use_awaitable_t<>>
  auto finish(Token&& token = {}) {
    return asio::async_initiate<Token, void(status)>(detail::start_finish{{core_}}, token);
  }

  /// Windows, and what waits on either side of them. Signature: void(flow_control_state).
  template <completion_token_for<void(flow_control_state)> Token = asio::use_awaitable_t<>>
  auto flow_control(Token&& token = {}) {
    return asio::async_initiate<Token, void(flow_control_state)>(
        detail::start_flow_control<detail::client_call_base>{{core_}}, token);
  }

  /// True if the last response that was read came compressed. Not while a read is under way.
  bool response_was_compressed() const noexcept { return core_->response_was_compressed(); }

  /// What the server compresses responses with, those that it compresses. Once initial_metadata()
  /// or a read has given something.
  codec::encoding response_encoding() const noexcept { return core_->response_encoding(); }

  /// RST_STREAM(CANCEL); what is under way ends, finish() gives CANCELLED.
  void cancel() { core_->cancel(); }

 private:
  void abandon() {
    if (core_) core_->abandon();
  }

  detail::ref<detail::client_call_base> core_;
};

}  // namespace grpcwire
