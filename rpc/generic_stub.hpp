// Calls of any method, by its path, with messages as bytes: for programs that know no service.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <grpcwire/codec/message_bytes.hpp>
#include <grpcwire/rpc/call.hpp>
#include <grpcwire/rpc/call_options.hpp>
#include <grpcwire/rpc/channel.hpp>
#include <grpcwire/rpc/method.hpp>

namespace grpcwire {

using generic_call = call<message_bytes, message_bytes>;

/// Shares the channel; cheap to make and to copy.
class generic_stub {
 public:
  explicit generic_stub(const grpcwire::channel& over) : channel_(over) {}

  /// `path` is `/package.Service/Method`; any other text ends the call with INTERNAL. All kinds are
  /// streams here: for a unary call write one message, writes_done(), read one, finish(). A proxy
  /// sends compressed what came compressed: `.compression` says with what, `.compress` of each
  /// write whether. Interceptors of the channel see the call but not its messages; metrics count it
  /// under `other`.
  generic_call open(std::string path, call_options options = {}) const {
    auto core = detail::make_client_call(channel_.core(),
                                         std::make_shared<const std::string>(std::move(path)),
                                         method_kind::bidi_streaming, std::move(options));
    core->start(nullptr);
    return generic_call(std::move(core));
  }

 private:
  grpcwire::channel channel_;
};

}  // namespace grpcwire
