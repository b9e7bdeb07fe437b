// A listening socket: accepts connections, and keeps going when the process runs out of
// descriptors.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <asio/any_io_executor.hpp>

#include <grpcwire/codec/result.hpp>
#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/descriptor.hpp>

namespace grpcwire::transport::io {

struct listen_settings {
  /// Several listeners, of this or other processes, share one port (SO_REUSEPORT).
  bool reuse_port = false;
  int backlog = 1024;
  /// TCP_USER_TIMEOUT of the accepted connections (Linux); 0 leaves the system's default.
  std::chrono::milliseconds tcp_user_timeout{};
  /// `[::]` takes IPv6 alone, so that another listener can have the IPv4 port.
  bool ipv6_only = false;
};

/// Accepts until it is closed or destroyed. On EMFILE and the like it waits, from 10 ms up to 1 s,
/// and tries again: connections that exist go on, new ones wait in the backlog.
class listener {
 public:
  using accept_handler = std::function<void(std::unique_ptr<byte_stream>)>;
  /// The executor for the next accepted connection.
  using executor_source = std::function<asio::any_io_executor()>;

  /// Port 0 takes a free one; `[::]` takes IPv4 as well. The error is a sentence that names the
  /// address and the reason. A stale Unix-domain socket file is replaced, a live one is not.
  static codec::result<std::unique_ptr<listener>, std::string> open(
      asio::any_io_executor executor, const address& at, const listen_settings& settings);

  /// Takes over a socket that listens already, TCP or Unix-domain, such as one from systemd. Never
  /// removes a socket file, because it has made none.
  static codec::result<std::unique_ptr<listener>, std::string> adopt(asio::any_io_executor executor,
                                                                     descriptor listening);

  virtual ~listener() = default;

  virtual void start(executor_source executors, accept_handler accept) = 0;
  /// Any thread. The address is free afterwards.
  virtual void close() = 0;
  /// In the child of a fork: closes, but leaves the address to the parent.
  virtual void abandon() = 0;
  /// With the real port.
  virtual const std::string& local_address() const = 0;
};

}  // namespace grpcwire::transport::io
