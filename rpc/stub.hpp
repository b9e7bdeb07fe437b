// What generated stubs stand on.
#pragma once

#include <utility>

#include <grpcwire/rpc/call.hpp>
#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/method.hpp>

namespace grpcwire {

/// Shares the channel; cheap to make and to copy.
class stub_base {
 public:
  explicit stub_base(const grpcwire::channel& over) : channel_(over) {}

 protected:
  /// The request is serialised before this returns. Signature: void(status, Response).
  /// Cancelling it cancels the call.
  template <class Request, class Response, class Token>
  auto unary(const method<Request, Response>& m, const Request& request, call_options&& options,
             Token&& token) const {
    auto core = make(m.path, m.kind, std::move(options));
    core->set_request(request);
    return asio::async_initiate<Token, void(status, Response)>(
        detail::start_unary<Response>{{std::move(core)}}, token);
  }

  template <class Request, class Response>
  call<Request, Response> server_streaming(const method<Request, Response>& m,
                                           const Request& request, call_options&& options) const {
    auto core = make(m.path, m.kind, std::move(options));
    core->set_request(request);
    core->start(nullptr);
    return call<Request, Response>(std::move(core));
  }

  template <class Request, class Response>
  call<Request, Response> open(const method<Request, Response>& m, call_options&& options) const {
    auto core = make(m.path, m.kind, std::move(options));
    core->start(nullptr);
    return call<Request, Response>(std::move(core));
  }

 private:
  detail::ref<detail::client_call_base> make(std::string_view path, method_kind kind,
                                             call_options&& options) const {
    return detail::make_client_call(channel_.core(), path, kind, std::move(options));
  }

  grpcwire::channel channel_;
};

}  // namespace grpcwire
