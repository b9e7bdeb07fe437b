// Between the start of a call and its way to a connection: the credentials are asked for metadata.
#pragma once

#include <grpcwire/rpc/client_call_core.hpp>

namespace grpcwire::detail {

/// On the channel's executor. Asks the channel's credentials, then those of the call, then lets the
/// channel start the call.
void ask_credentials(const ref<client_call_core>& call);

}  // namespace grpcwire::detail
