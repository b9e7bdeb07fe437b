// Spans: one for each call of a channel or a server, told to a hook of the program, with the trace
// context (W3C) carried from the caller to the server and on to the calls made there.
//
//   channel_options::interceptors = {client_tracing(hook)};
//   server_options::interceptors = {server_tracing(hook)};
//
// Without these a server hands the context of a call on unchanged to the calls that are made for it
// (call_options::parent).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <grpcwire/rpc/interceptor.hpp>
#include <grpcwire/rpc/trace_context.hpp>

namespace grpcwire {

enum class span_kind : std::uint8_t { client, server };

struct trace_span {
  span_kind kind{};
  std::string method{};     ///< `package.Service/Method`, as the caller wrote it
  std::string peer{};       ///< `127.0.0.1:50051`; a client's is known at the end only
  trace_context context{};  ///< of this span: it travels to the server, or on to further calls
  std::optional<std::array<std::uint8_t, 8>> parent{};  ///< the span it is part of; none: a root
  std::chrono::system_clock::time_point start{};

  // ---- known at the end
  std::chrono::nanoseconds duration{};
  status outcome{};
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_sent = 0;  ///< of messages, as protobuf, before compression
  std::uint64_t bytes_received = 0;
};

/// What a program makes of spans: exports, logs, counts. Both functions are for any thread.
class span_hook {
 public:
  virtual ~span_hook() = default;

  /// The span has the trace id, flags and state of its parent, or a new trace id with the flag
  /// `sampled`, and a random id of its own; all of it may be changed. False: no span for this call,
  /// and the context that it came with goes on unchanged.
  virtual bool started(trace_span&) { return true; }
  virtual void ended(const trace_span& span) = 0;
};

/// First in the list of interceptors a span covers all of the others; last, it is the call as the
/// wire sees it (client) or the handler does (server).
std::shared_ptr<client_interceptor> client_tracing(std::shared_ptr<span_hook> hook);
std::shared_ptr<server_interceptor> server_tracing(std::shared_ptr<span_hook> hook);

}  // namespace grpcwire
