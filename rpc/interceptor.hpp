// Interceptors: code around every call of a channel or a server, for logs, credentials, metrics and
// traces. They see metadata, messages as protobuf, and the status; framing and compression stay
// below. docs/interceptors.md and examples/interceptors show how they are used.
//
// Order: the first one in channel_options::interceptors or server_options::interceptors is the
// outermost, next to the program on a client and next to the wire on a server. What goes inwards
// (a client's start and its sent messages; a server's start and its received messages) reaches the
// outermost first, what comes back (messages the other way, the end) reaches the innermost first.
//
// Threads: intercept() and message_sent() run in the function of the library that the program calls
// (making the call, write, the return of a handler), on its thread; everything else runs on the
// executor of the channel or of the server's connection. The hooks of one call never run
// two at a time. Interceptors themselves are shared by all calls, so intercept() is for any thread.
//
// Hooks must not do what ends their own call on the spot: shut the channel down, destroy the
// handle. Post it instead.
//
// Errors: an exception of intercept() refuses the call; one of a hook makes the call end with
// INTERNAL and its text.
#pragma once

#include <memory>
#include <string_view>

#include <grpcwire/codec/metadata.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/deadline.hpp>
#include <grpcwire/rpc/result.hpp>

namespace google::protobuf {
class MessageLite;
}

namespace grpcwire {

class server_context;

// ---- calls that a channel makes

/// A call that is about to start.
struct client_call_start {
  std::string_view method;       ///< `/package.Service/Method`; lives as long as the call
  std::string_view target;       ///< of the channel; lives as long as the call
  grpcwire::metadata& metadata;  ///< of the request; may be changed
  grpcwire::deadline& deadline;  ///< may be changed
  const server_context* parent;  ///< call_options::parent: the call that this one is made for
};

/// A call that is over.
struct client_call_end {
  status& outcome;              ///< may be replaced: it is what the program gets
  metadata& trailing_metadata;  ///< may be changed
  std::string_view peer;        ///< `127.0.0.1:50051`; empty: the call had no stream
};

/// Sees one call of a channel. Destroyed when the call is, or with the execution context; a call
/// that never starts or never ends because of that has no ended().
class client_call_hooks {
 public:
  virtual ~client_call_hooks() = default;

  /// A request message was serialised and put in the queue of the call.
  virtual void message_sent(const google::protobuf::MessageLite&) {}
  virtual void initial_metadata_received(const metadata&) {}
  /// A response message on its way to the program; those that nobody reads are not seen.
  virtual void message_received(const google::protobuf::MessageLite&) {}
  /// The last one of all, exactly once: the status is here, and the messages before it were read or
  /// are not wanted any more.
  virtual void ended(client_call_end&) {}
};

class client_interceptor {
 public:
  virtual ~client_interceptor() = default;

  /// Gives the hooks for this call; null when it is of no interest; a status that is not OK to
  /// refuse it: then nothing is sent, and interceptors further inside never see the call.
  virtual result<std::unique_ptr<client_call_hooks>> intercept(client_call_start& call) = 0;
};

// ---- calls that a server answers

/// A call whose head has arrived and whose handler has not started.
struct server_call_start {
  std::string_view
      method;  ///< `/package.Service/Method`, as the caller wrote it; copy what you keep
  /// A service has this method; if not, the fallback of the server answers, or UNIMPLEMENTED does.
  bool known;
  /// The caller's metadata, deadline and address; takes metadata for the response. Lives as long
  /// as the hooks.
  server_context& context;
};

/// A call whose status is about to be sent, or whose caller is gone (then it is CANCELLED or
/// DEADLINE_EXCEEDED, and nobody reads it).
struct server_call_end {
  status& outcome;              ///< may be replaced; OK is decided before the response is sent
  metadata& trailing_metadata;  ///< may be changed
};

/// Sees one call of a server, as client_call_hooks do on the other side.
class server_call_hooks {
 public:
  virtual ~server_call_hooks() = default;

  /// A request message on its way to the handler.
  virtual void message_received(const google::protobuf::MessageLite&) {}
  /// A response message was serialised and put in the queue of the call.
  virtual void message_sent(const google::protobuf::MessageLite&) {}
  /// The last one of all, exactly once. The handler may still be running when its caller is gone.
  virtual void ended(server_call_end&) {}
};

class server_interceptor {
 public:
  virtual ~server_interceptor() = default;

  /// As client_interceptor::intercept(); a call that is refused never reaches its handler. The
  /// handler finds these hooks by server_context::hooks<T>().
  virtual result<std::unique_ptr<server_call_hooks>> intercept(server_call_start& call) = 0;
};

}  // namespace grpcwire
