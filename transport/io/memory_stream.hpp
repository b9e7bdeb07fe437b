// Two ends of a connection inside one process, joined by memory instead of a socket.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <asio/any_io_executor.hpp>

#include <grpcwire/transport/io/byte_stream.hpp>

namespace grpcwire::transport::io {

struct memory_stream_settings {
  /// Bytes on their way, for each direction. Whoever writes more waits, as for a full socket
  /// buffer.
  std::size_t capacity = 256 * 1024;
  /// What peer_address() and local_address() of both ends say.
  std::string address = "in-process";
};

/// Each end is used on its own executor, which may run on another thread, or belong to another
/// io_context, than that of the other end. Closing or destroying one is to the other what the end
/// of a socket's peer is: what was written can still be read, then comes end of file.
std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>> make_memory_streams(
    const asio::any_io_executor& first, const asio::any_io_executor& second,
    const memory_stream_settings& settings = {});

}  // namespace grpcwire::transport::io
