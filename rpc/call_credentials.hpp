// Between the start of a call and its way to a connection: the credentials are asked for metadata.
#pragma once

#include <string_view>

#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/credentials.hpp>

namespace grpcwire::detail {

credentials_request request_for(std::string_view path, std::string_view authority);

/// On the channel's executor. Asks the channel's credentials, then those of the call, then lets the
/// channel start the call.
void ask_credentials(const ref<client_call_core>& call);

}  // namespace grpcwire::detail
