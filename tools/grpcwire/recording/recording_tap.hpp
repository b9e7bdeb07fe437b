// A TCP proxy on the loopback interface that writes down what passes through it. Neither side knows
// of it, and it looks at nothing: TLS is recorded like everything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <asio/io_context.hpp>

#include "../host_port.hpp"
#include "recording.hpp"

namespace grpcwire::tools {

/// Not thread-safe: all members are called on the one thread that runs `io`, or while none does.
class recording_tap {
 public:
  /// What is kept of all connections together. Beyond it bytes are passed on, counted, not kept.
  static constexpr std::size_t bytes_max = std::size_t{16} << 20;

  /// `to` is resolved anew for each connection.
  recording_tap(asio::io_context& io, host_port to);
  ~recording_tap();
  recording_tap(recording_tap&&) = delete;

  /// Begins to listen on a free port of 127.0.0.1. An answer is a sentence that says why it cannot.
  std::optional<std::string> start();

  /// The port it listens on; valid after start().
  std::uint16_t port() const;

  /// What was recorded until now. Connections that are open go on unrecorded; new ones are
  /// recorded, and counted from 1 again.
  recording take();

  /// Closes everything; `io` runs out of work. take() is still allowed.
  void stop();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace grpcwire::tools
