// A TCP proxy between clients and a server that do not know of it. It passes bytes on and tells
// observers what passes; it looks at nothing itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <asio/io_context.hpp>

#include <grpcwire/codec/bytes.hpp>

#include "explain_fields.hpp"
#include "host_port.hpp"

namespace grpcwire::tools {

/// What happens on the connections of a relay, told on the thread that runs its `io`. `number` is
/// the connection's, from 1.
class relay_observer {
 public:
  virtual ~relay_observer() = default;

  virtual void on_accept_failed(std::error_code) {}
  virtual void on_connection(std::size_t number, const host_port& client) = 0;
  virtual void on_cannot_connect(std::size_t number, std::error_code error) = 0;
  /// Before the bytes are passed on, so a request is told before its response.
  virtual void on_bytes(std::size_t number, side sender, codec::const_bytes bytes) = 0;
  virtual void on_half_close(std::size_t number, side sender) = 0;
  virtual void on_broken(std::size_t number, side whose, std::error_code error) = 0;
  /// The last word about a connection.
  virtual void on_closed(std::size_t number) = 0;
};

/// Runs on one thread of `io`.
class relay {
 public:
  /// `listen`: port 0 is any free one. `to` is resolved anew for each connection. The observers
  /// must outlive the relay; they are told in this order.
  relay(asio::io_context& io, host_port listen, host_port to,
        std::vector<relay_observer*> observers);
  ~relay();
  relay(relay&&) = delete;

  /// Begins to listen. An answer is a sentence that says why it cannot.
  std::optional<std::string> start();

  /// The port it listens on; valid after start().
  std::uint16_t port() const;

  /// Closes everything; `io` runs out of work. Afterwards observers are told nothing.
  void stop();

 private:
  class connection;
  struct state;

  std::shared_ptr<state> state_;
};

}  // namespace grpcwire::tools
