// What answers the calls that no service of a server has: for proxies, gateways and recorders,
// which know no service. server::add_fallback() takes one.
#pragma once

#include <memory>

#include <grpcwire/codec/message_bytes.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/server_call.hpp>
#include <grpcwire/rpc/server_context.hpp>

namespace grpcwire {

using generic_server_call = server_call<message_bytes, message_bytes>;

/// Must outlive its server.
class generic_service {
 public:
  virtual ~generic_service() = default;

  /// One call, of a kind that nobody knows: unary calls look like streams of one message each way.
  /// `context.method()` is the path that was asked for. Messages are bytes, decompressed; whether
  /// one came compressed says `context.request_was_compressed()` behind each read. Interceptors of
  /// the server see the call but not its messages; metrics count it under `other`.
  virtual awaitable<status> serve(server_context& context, generic_server_call& call) = 0;
};

namespace detail {

struct method_entry;

/// For all paths, so without one of its own.
std::unique_ptr<method_entry> make_fallback(generic_service& service);

}  // namespace detail
}  // namespace grpcwire
