// Credentials of the interop programs from the flags about TLS. Both throw std::runtime_error with
// what cannot be used.
#pragma once

#include <memory>

#include <grpcwire/rpc/credentials.hpp>

#include "tls_flags.hpp"

namespace grpcwire::interop {

/// Null without --use_tls.
std::shared_ptr<const channel_credentials> make_credentials(const client_tls_flags& flags);
std::shared_ptr<const server_credentials> make_credentials(const server_tls_flags& flags);

}  // namespace grpcwire::interop
