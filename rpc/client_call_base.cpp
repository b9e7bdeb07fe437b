#include "client_call_base.hpp"

#include <utility>

#include <grpcwire/rpc/client_call_core.hpp>

namespace grpcwire::detail {

ref<client_call_base> make_client_call(const std::shared_ptr<channel_core>& channel,
                                       std::string_view path, method_kind kind,
                                       call_options&& options) {
  return ref<client_call_base>(new client_call_core(channel, path, kind, std::move(options)));
}

ref<client_call_base> make_client_call(const std::shared_ptr<channel_core>& channel,
                                       std::shared_ptr<const std::string> path, method_kind kind,
                                       call_options&& options) {
  return ref<client_call_base>(
      new client_call_core(channel, std::move(path), kind, std::move(options)));
}

}  // namespace grpcwire::detail
