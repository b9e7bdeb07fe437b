// What generated services stand on: the base class, and how a method gets to its handler.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <grpcwire/rpc/method.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/rpc/server_call.hpp>
#include <grpcwire/rpc/server_call_base.hpp>
#include <grpcwire/rpc/server_context.hpp>
#include <grpcwire/rpc/spawn_handler.hpp>
#include <grpcwire/rpc/worker_pool.hpp>

namespace grpcwire {

class method_binder;

/// A set of methods under one name. Generated classes derive from it; must outlive its server.
class service {
 public:
  virtual ~service() = default;
  /// `package.Service`
  virtual std::string_view name() const noexcept = 0;
  /// Tells the binder about each method.
  virtual void bind(method_binder& binder) = 0;
};

/// What a method answers that nobody has written.
status unimplemented(const server_context& context);

template <class Response>
awaitable<result<Response>> unimplemented_reply(server_context& context) {
  co_return unimplemented(context);
}
inline awaitable<status> unimplemented_status(server_context& context) {
  co_return unimplemented(context);
}

namespace detail {

class server_core;

/// One for each method of a server: starts a handler for a call.
class method_handler {
 public:
  virtual ~method_handler() = default;
  /// Makes the state of the call.
  virtual void begin(server_call_base& core) = 0;
};

struct method_entry {
  std::string path;
  method_kind kind;
  std::unique_ptr<method_handler> handler;
};

/// The one request message of unary and server-streaming methods. It stays until the handler, which
/// is given it by move, has ended.
template <class Request, class Run>
struct request_state final : call_state {
  explicit request_state(Run r) : run_(std::move(r)) {}
  google::protobuf::MessageLite* request() noexcept override { return &request_; }
  void run(ref<server_call_base> core) override { run_(std::move(core), request_); }

 private:
  Run run_;
  Request request_;
};

template <class Run>
struct stream_state final : call_state {
  explicit stream_state(Run r) : run_(std::move(r)) {}
  void run(ref<server_call_base> core) override { run_(std::move(core)); }

 private:
  Run run_;
};

/// Makes the state of each call from one function object.
template <class State, class Run>
class handler_of final : public method_handler {
 public:
  explicit handler_of(Run run) : run_(std::move(run)) {}
  void begin(server_call_base& core) override { core.state().emplace<State>(run_); }

 private:
  Run run_;
};

template <class Request, class Run>
std::unique_ptr<method_handler> message_handler(Run run) {
  return std::make_unique<handler_of<request_state<Request, Run>, Run>>(std::move(run));
}
template <class Run>
std::unique_ptr<method_handler> stream_handler(Run run) {
  return std::make_unique<handler_of<stream_state<Run>, Run>>(std::move(run));
}

/// Runs `work`, which ends the call, on the pool.
void run_blocking(worker_pool& pool, const ref<server_call_base>& core,
                  std::function<void(server_call_base&)> work);

}  // namespace detail

/// Collects the methods of the services of a server. Service's own functions are called through
/// member pointers, so a virtual function of the generated base reaches the user's override.
class method_binder {
 public:
  using methods = std::unordered_map<std::string_view, std::unique_ptr<detail::method_entry>>;
  method_binder(methods& to, worker_pool* pool, std::weak_ptr<detail::server_core> server)
      : to_(to), pool_(pool), server_(std::move(server)) {}

  /// For services that tell of the server they are added to.
  const std::weak_ptr<detail::server_core>& server() const noexcept { return server_; }

  template <class Req, class Res, class S>
  void unary(const method<Req, Res>& m, S& s,
             awaitable<result<Res>> (S::*f)(server_context&, Req)) {
    add(m.path, m.kind, detail::message_handler<Req>([&s, f](auto core, Req& request) {
          auto& context = core->context();
          detail::spawn_handler(std::move(core), [&s, f, &context, &request] {
            return (s.*f)(context, std::move(request));
          });
        }));
  }

  template <class Req, class Res, class S>
  void server_streaming(const method<Req, Res>& m, S& s,
                        awaitable<status> (S::*f)(server_context&, Req, server_call<Req, Res>&)) {
    add(m.path, m.kind, detail::message_handler<Req>([&s, f](auto core, Req& request) {
          auto& context = core->context();
          detail::spawn_handler(
              core, [&s, f, &context, &request, call = server_call<Req, Res>(core)]() mutable {
                return (s.*f)(context, std::move(request), call);
              });
        }));
  }

  template <class Req, class Res, class S>
  void client_streaming(const method<Req, Res>& m, S& s,
                        awaitable<result<Res>> (S::*f)(server_context&, server_call<Req, Res>&)) {
    add_stream<Req, Res>(m, s, f);
  }

  template <class Req, class Res, class S>
  void bidi_streaming(const method<Req, Res>& m, S& s,
                      awaitable<status> (S::*f)(server_context&, server_call<Req, Res>&)) {
    add_stream<Req, Res>(m, s, f);
  }

  template <class Req, class Res, class S>
  void blocking_unary(const method<Req, Res>& m, S& s, result<Res> (S::*f)(server_context&, Req)) {
    add(m.path, m.kind, detail::message_handler<Req>([&s, f, &p = pool()](auto core, Req& request) {
          detail::run_blocking(p, core, [&s, f, &request](detail::server_call_base& c) {
            detail::end_call(c, (s.*f)(c.context(), std::move(request)));
          });
        }));
  }

  template <class Req, class Res, class S>
  void blocking_server_streaming(const method<Req, Res>& m, S& s,
                                 status (S::*f)(server_context&, Req,
                                                blocking_server_call<Req, Res>&)) {
    add(m.path, m.kind, detail::message_handler<Req>([&s, f, &p = pool()](auto core, Req& request) {
          detail::run_blocking(p, core, [&s, f, &request](detail::server_call_base& c) {
            blocking_server_call<Req, Res> call{detail::ref(&c)};
            detail::end_call(c, (s.*f)(c.context(), std::move(request), call));
          });
        }));
  }

  template <class Req, class Res, class S>
  void blocking_client_streaming(const method<Req, Res>& m, S& s,
                                 result<Res> (S::*f)(server_context&,
                                                     blocking_server_call<Req, Res>&)) {
    add_blocking_stream<Req, Res>(m, s, f);
  }

  template <class Req, class Res, class S>
  void blocking_bidi_streaming(const method<Req, Res>& m, S& s,
                               status (S::*f)(server_context&, blocking_server_call<Req, Res>&)) {
    add_blocking_stream<Req, Res>(m, s, f);
  }

 private:
  template <class Req, class Res, class S, class F>
  void add_stream(const method<Req, Res>& m, S& s, F f) {
    add(m.path, m.kind, detail::stream_handler([&s, f](auto core) {
          auto& context = core->context();
          detail::spawn_handler(core,
                                [&s, f, &context, call = server_call<Req, Res>(core)]() mutable {
                                  return (s.*f)(context, call);
                                });
        }));
  }

  template <class Req, class Res, class S, class F>
  void add_blocking_stream(const method<Req, Res>& m, S& s, F f) {
    add(m.path, m.kind, detail::stream_handler([&s, f, &p = pool()](auto core) {
          detail::run_blocking(p, core, [&s, f](detail::server_call_base& c) {
            blocking_server_call<Req, Res> call{detail::ref(&c)};
            detail::end_call(c, (s.*f)(c.context(), call));
          });
        }));
  }

  void add(std::string_view path, method_kind kind, std::unique_ptr<detail::method_handler> h);
  worker_pool& pool() const;

  methods& to_;
  worker_pool* pool_;
  std::weak_ptr<detail::server_core> server_;
};

}  // namespace grpcwire
