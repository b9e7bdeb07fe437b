// From an address to a connected byte stream.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <asio/any_io_executor.hpp>

#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/byte_stream.hpp>

namespace grpcwire::transport::io {

struct connect_settings {
  /// For all addresses of the name together (gRPC connection backoff: MIN_CONNECT_TIMEOUT).
  std::chrono::milliseconds timeout{20'000};
  /// TCP_USER_TIMEOUT of the connection (Linux); 0 leaves the system's default.
  std::chrono::milliseconds tcp_user_timeout{};
};

struct connect_failure {
  std::error_code error;
  std::string text;  ///< one sentence: which addresses were tried and how each failed
};

/// One attempt to connect. Several addresses, or those of a name, race: IPv6 and IPv4 by turns,
/// each 250 ms after the one before it, or at once when that one failed (RFC 8305 §4 and §5, gRFC
/// A61); the first that connects wins, the others are dropped. `localhost` and literal addresses
/// need no name service; for other names Asio's resolver runs getaddrinfo() on a thread of its own
/// while it looks one up.
class connector {
 public:
  using handler = std::function<void(std::unique_ptr<byte_stream>, connect_failure)>;

  /// Calls `done` once, on `executor`, never from within; not at all after cancel().
  static std::shared_ptr<connector> start(asio::any_io_executor executor, std::vector<address> to,
                                          const connect_settings& settings, handler done);
  virtual ~connector() = default;
  virtual void cancel() = 0;
};

}  // namespace grpcwire::transport::io
