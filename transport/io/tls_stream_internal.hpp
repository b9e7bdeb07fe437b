// byte_stream with TLS around another one.
#pragma once

#include <memory>
#include <string>

#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/tls_engine_internal.hpp>

namespace grpcwire::transport::io {

/// Shakes hands with the first read. `name`: whom a client wants to talk to; null on a server.
std::unique_ptr<byte_stream> make_tls_stream(std::shared_ptr<const tls_context> context,
                                             std::unique_ptr<byte_stream> plain,
                                             const std::string* name);

}  // namespace grpcwire::transport::io
