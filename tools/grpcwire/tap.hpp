// Shows the frames of every connection that passes through a relay. It works on plaintext HTTP/2;
// TLS it passes on unread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>

#include "explain_frames.hpp"
#include "host_port.hpp"
#include "relay.hpp"

namespace grpcwire::tools {

struct tap_settings {
  host_port listen;         ///< port 0: any free one
  host_port to;             ///< resolved anew for each connection
  explain_options explain;  ///< the label is set for each connection: #1, #2, …
  std::string save_prefix;  ///< not empty: raw bytes go to PREFIX-1.client, PREFIX-1.server, …
  relay_observer* also = nullptr;  ///< is told everything, too; must outlive the tap
};

/// Runs on one thread of `io`. `print` gets whole lines, explained before they are passed on, so
/// a request is printed before its response.
class tap {
 public:
  tap(asio::io_context& io, tap_settings settings, std::function<void(std::string_view)> print);
  ~tap();
  tap(tap&&) = delete;

  /// Begins to listen. An answer is a sentence that says why it cannot.
  std::optional<std::string> start();

  /// The port it listens on; valid after start().
  std::uint16_t port() const;

  /// Closes everything; `io` runs out of work.
  void stop();

 private:
  class printer;

  std::unique_ptr<printer> printer_;
  relay relay_;  // after what it tells
};

}  // namespace grpcwire::tools
