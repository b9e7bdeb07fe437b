// Passes calls on to other servers, one by one, without knowing what they are about: messages are
// bytes here, and what belongs to a call of gRPC goes through as it came.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/generic_service.hpp>
#include <grpcwire/rpc/generic_stub.hpp>

class call_proxy final : public grpcwire::generic_service {
 public:
  /// Told about each call that is over: its path, who answered it ("" when nobody did), and how.
  using observer =
      std::function<void(std::string_view path, std::string_view backend, const grpcwire::status&)>;

  call_proxy(const grpcwire::channel& backends, observer tell)
      : backends_(backends), tell_(std::move(tell)) {}

  grpcwire::awaitable<grpcwire::status> serve(grpcwire::server_context& context,
                                              grpcwire::generic_server_call& caller) override {
    using namespace asio::experimental::awaitable_operators;
    grpcwire::call_info info;
    grpcwire::call_options options;
    options.parent =
        &context;  // the caller's deadline holds, its RST_STREAM goes on to the backend
    options.info = &info;
    options.authority = context.authority();
    options.compression = context.request_encoding();
    copy(context.request_metadata(),
         [&](auto name, auto value) { options.metadata.add(name, value); });
    const auto user_agent = context.request_metadata().get("user-agent");
    if (user_agent) options.metadata.add("user-agent", *user_agent);  // the channel sends none

    // The channel's policy picks the backend: for each call anew.
    auto backend = backends_.open(std::string(context.method()), std::move(options));
    // The first one to return ends both: that is the responses, or a caller who is gone.
    co_await (pass_requests(context, caller, backend) || pass_responses(context, backend, caller));

    // With END_STREAM of the backend: grpc-status, grpc-message, details, and its trailers.
    grpcwire::status outcome = co_await backend.finish();
    copy(info.trailing_metadata,
         [&](auto name, auto value) { context.add_trailing_metadata(name, value); });
    tell_(context.method(), info.peer, outcome);
    co_return outcome;
  }

 private:
  /// Back-pressure from end to end: one message is read, and the next one only when flow control
  /// has taken it on the other side. Whoever reads slowly slows the writer at the far end.
  static grpcwire::awaitable<void> pass_requests(grpcwire::server_context& context,
                                                 grpcwire::generic_server_call& caller,
                                                 grpcwire::generic_call& backend) {
    while (auto message = co_await caller.read()) {
      const bool compressed = context.request_was_compressed();
      const auto written = co_await backend.write(*std::move(message), {.compress = compressed});
      if (!written) break;  // the backend has had enough: its status follows
    }
    // A caller who vanished has not half-closed: the backend must not take it for the end of input.
    if (!context.cancelled()) backend.writes_done();
    asio::steady_timer for_ever(context.executor(), asio::steady_timer::time_point::max());
    co_await for_ever.async_wait(asio::use_awaitable);
  }

  static grpcwire::awaitable<void> pass_responses(grpcwire::server_context& context,
                                                  grpcwire::generic_call& backend,
                                                  grpcwire::generic_server_call& caller) {
    const auto head = co_await backend.initial_metadata();
    if (head) {  // HEADERS of the backend go on at once, not with the first message
      copy(*head, [&](auto name, auto value) { context.add_initial_metadata(name, value); });
      context.set_compression(backend.response_encoding());
      context.send_initial_metadata();
    }
    while (auto message = co_await backend.read()) {
      const bool compressed = backend.response_was_compressed();
      const auto written = co_await caller.write(*std::move(message), {.compress = compressed});
      if (!written) break;
    }
  }

  /// Fields of gRPC and HTTP/2 belong to one connection: each side of the proxy has its own.
  template <class Add>
  static void copy(const grpcwire::metadata& from, Add add) {
    for (const auto& [name, value] : from) {
      if (!grpcwire::codec::is_reserved_name(name)) add(name, value);
    }
  }

  grpcwire::generic_stub backends_;
  observer tell_;
};
