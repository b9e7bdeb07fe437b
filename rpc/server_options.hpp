// Everything about a server that can be set, with its defaults.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <grpcwire/codec/codings.hpp>
#include <grpcwire/codec/status_room.hpp>
#include <grpcwire/rpc/credentials.hpp>
#include <grpcwire/rpc/keepalive_settings.hpp>
#include <grpcwire/rpc/load_shedding.hpp>
#include <grpcwire/rpc/threading.hpp>
#include <grpcwire/transport/io/listener.hpp>
#include <grpcwire/transport/settings.hpp>
#include <grpcwire/transport/trace.hpp>

namespace grpcwire {

/// A connection that ended before it was one, because no HTTP/2 preface and SETTINGS came, or over
/// a fault: a GOAWAY with an error code, of this side or of the client, or a PING that was not
/// answered. A client that just goes is no failure, whatever becomes of its calls.
struct connection_failure {
  std::string peer{};       ///< `127.0.0.1:40312`
  std::error_code error{};  ///< the one in the GOAWAY if there was one: `http2_errc`
  std::string text{};       ///< one sentence
  std::string advice{};     ///< what to change; may be empty
};

class server_interceptor;
class metrics;

struct server_options {
  /// Null: plaintext.
  std::shared_ptr<const server_credentials> credentials{};
  /// Told about each connection that came to nothing, such as a failed TLS handshake or one above
  /// max_connections, and about those that a fault ended. Called on the connection's executor.
  std::function<void(const connection_failure&)> on_connection_failed{};
  /// How many threads run the executor of the server.
  grpcwire::threading threads = threading::many;
  std::size_t max_receive_message_size = 4U << 20;  ///< bytes of one message
  /// Bytes of the header list that ends a call, as RFC 9113 §6.5.2 counts them, or what the caller
  /// announces if that is less. Above it details of the status are left out, then its message is
  /// cut. The default is what stock peers accept; see docs/errors.md.
  std::size_t max_trailers_size = codec::default_trailers_size_max;
  /// What callers may compress with, and algorithms of the program's own.
  codec::codings codings{};
  /// Connections at a time. The next ones are closed at once, before TLS, and reported to
  /// on_connection_failed: their clients see a lost connection, back off, and try other addresses.
  std::size_t max_connections = 10'000;
  /// Bytes of all connections together that the server holds for calls: requests that handlers have
  /// not read, parts of messages, responses that callers have not taken. Above it new calls are
  /// refused with RESOURCE_EXHAUSTED; a quarter above it a call that sends what its handler does
  /// not wait for ends with it too. One connection is held back by session.max_buffered_bytes, one
  /// call by its window.
  std::size_t max_buffered_bytes = std::size_t{1} << 30;
  /// Handlers of one connection that run at a time, also for calls that were cancelled meanwhile:
  /// opening and resetting streams must not pile up work (rapid reset).
  std::size_t max_handlers_per_connection = 1024;
  /// When calls are refused because there is too much to do; nothing is by default.
  load_shedding shedding{};
  /// A connection whose preface and SETTINGS have not come after this is closed.
  std::chrono::milliseconds handshake_timeout{20'000};
  /// PINGs on silent connections: after two hours.
  server_keepalive_settings keepalive{};
  /// Clients may send a PING this often while they have calls; the third one in excess ends the
  /// connection with GOAWAY ENHANCE_YOUR_CALM "too_many_pings". HEADERS or DATA that the server
  /// sends make the client's next PING free.
  std::chrono::milliseconds permit_keepalive_time{std::chrono::minutes(5)};
  /// … and also while they have none; otherwise every two hours.
  bool permit_keepalive_without_calls = false;
  /// A connection without a call for this long gets two GOAWAYs ("max_idle") and is closed.
  /// Null or 0: never.
  std::optional<std::chrono::milliseconds> max_connection_idle{};
  /// A connection of this age, give or take a tenth, gets two GOAWAYs ("max_age"); it is closed
  /// when its calls are over. Null or 0: never.
  std::optional<std::chrono::milliseconds> max_connection_age{};
  /// Calls that still run this long after the second of these GOAWAYs are cut off. Null: never.
  std::optional<std::chrono::milliseconds> max_connection_age_grace{};
  /// SO_REUSEPORT: several servers, each with its own loop and thread, share one port.
  bool reuse_port = false;
  int backlog = 1024;
  /// `[::]:port` takes IPv6 alone. Otherwise it takes IPv4 as well, as ::ffff:a.b.c.d.
  bool ipv6_only = false;
  /// Windows, limits and MAX_CONCURRENT_STREAMS of the connections; `session.keepalive`,
  /// `session.life` and the PING intervals of `session.abuse` come from the above.
  transport::session_settings session{};
  /// Around every call, the first one outermost.
  std::vector<std::shared_ptr<server_interceptor>> interceptors{};
  /// How many frames of its stream a status that is not OK carries for interceptors
  /// (status_details::last_frames).
  std::size_t frame_history = 0;
  /// Counts the calls (metrics.hpp); null: nobody does. May be shared with other servers and with
  /// channels.
  std::shared_ptr<grpcwire::metrics> metrics{};
  /// Sees the bytes, frames and actions of each connection; null: nobody does.
  std::shared_ptr<transport::trace_sink> trace{};
};

}  // namespace grpcwire
