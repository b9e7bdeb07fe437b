// byte_stream over a socket of the operating system.
#pragma once

#include <memory>

#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>

#include <grpcwire/transport/io/byte_stream.hpp>

namespace grpcwire::transport::io {

using tcp_socket = asio::ip::tcp::socket;
using local_socket = asio::local::stream_protocol::socket;

/// Takes a connected socket; sets TCP_NODELAY and non-blocking mode.
std::unique_ptr<byte_stream> make_byte_stream(tcp_socket&& socket);
std::unique_ptr<byte_stream> make_byte_stream(local_socket&& socket);

}  // namespace grpcwire::transport::io
