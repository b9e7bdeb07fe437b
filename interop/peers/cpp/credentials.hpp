// Credentials of the stock programs from the flags about TLS.
#pragma once

#include <memory>

#include <grpcpp/grpcpp.h>

#include "../../tls_flags.hpp"

namespace stock {

using grpcwire::interop::client_tls_flags;
using grpcwire::interop::server_tls_flags;

/// Insecure ones without --use_tls. Throw std::runtime_error for a file that cannot be read.
std::shared_ptr<grpc::ChannelCredentials> make_credentials(const client_tls_flags& flags);
std::shared_ptr<grpc::ServerCredentials> make_credentials(const server_tls_flags& flags);

}  // namespace stock
