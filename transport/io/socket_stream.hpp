// byte_stream over a socket of the operating system.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>

#include <grpcwire/codec/result.hpp>
#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/descriptor.hpp>

namespace grpcwire::transport::io {

using tcp_socket = asio::ip::tcp::socket;
using local_socket = asio::local::stream_protocol::socket;

/// `127.0.0.1:50051`, `[::1]:50051`.
std::string address_text(const asio::ip::tcp::endpoint& endpoint);

/// Takes a connected socket; sets TCP_NODELAY and non-blocking mode.
std::unique_ptr<byte_stream> make_byte_stream(tcp_socket&& socket);
std::unique_ptr<byte_stream> make_byte_stream(local_socket&& socket);
/// Any connected stream socket: TCP, Unix-domain, vsock. The error says why it is none.
codec::result<std::unique_ptr<byte_stream>, std::string> make_byte_stream(
    const asio::any_io_executor& executor, descriptor connected);

/// TCP_USER_TIMEOUT (gRFC A18): sent bytes that are not acknowledged for so long end the
/// connection. 0 leaves the system's default. Listening sockets pass it on to what they accept.
/// Does nothing where the system does not know it.
void set_user_timeout(int native_socket, std::chrono::milliseconds timeout) noexcept;

}  // namespace grpcwire::transport::io
