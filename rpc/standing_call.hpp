// A server-streaming call that a channel makes for itself, over one of its connections, and makes
// again whenever it ends: the watch of a health check (gRFC A17).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <asio/steady_timer.hpp>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/backoff.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/transport/event.hpp>

namespace grpcwire::detail {

class client_connection;

/// Hears what comes of it, as the last thing that it does in a turn: may end it.
class standing_call_user {
 public:
  /// The payload of a message of the server, valid until this returns.
  virtual void on_message(codec::const_bytes payload) = 0;
  /// It ended, and begins again: `at_once`, because there had been a message, or after a while.
  virtual void on_broken(const codec::status& why, bool at_once) = 0;
  /// The server does not know the method. That was all.
  virtual void on_unimplemented() = 0;

 protected:
  ~standing_call_user() = default;
};

/// Sends no deadline, and the call credentials of the channel. Says nothing when its connection is
/// lost or drained: who owns it has to know. Runs on the channel's executor only.
class standing_call final : public std::enable_shared_from_this<standing_call> {
 public:
  /// `path` is a literal, `request` the serialised message. `options` and `user` must live until
  /// end().
  standing_call(const serial_executor& executor, const channel_options& options,
                client_connection& over, std::string_view path, codec::const_bytes request,
                standing_call_user& user);
  ~standing_call();

  void begin();
  /// Its user hears nothing more.
  void end();
  /// The execution context ends: the same, without a word to the connection.
  void let_go();

  // ---- for client_connection
  void on_event(const transport::event& e);

 private:
  // Of a message, in bytes. Those that are asked for have some tens.
  static constexpr std::size_t message_size_max = 64U << 10;

  void ask_credentials();
  void answered(result<codec::metadata>&& answer);
  void open();
  void send();
  void advance();
  void ended(codec::client_event end);
  void broken(const codec::status& why);
  void begin_later();

  const serial_executor& executor_;
  const channel_options& options_;
  std::weak_ptr<client_connection> over_;
  std::string_view path_;
  codec::buffer request_;  // with its prefix
  standing_call_user* user_;
  codec::client_call call_;
  codec::metadata metadata_;  // of the call credentials
  transport::stream_handle stream_;
  bool sent_ = false;      // since it began last
  bool answered_ = false;  // likewise
  backoff backoff_;
  std::chrono::steady_clock::time_point again_at_{};
  std::optional<asio::steady_timer> timer_;
};

/// What is asked over one connection after another. Asks for as long as it lives.
class standing_question {
 public:
  /// As those of standing_call; all references must outlive it.
  standing_question(const serial_executor& executor, const channel_options& options,
                    std::string_view path, std::string request, standing_call_user& user);
  ~standing_question();
  standing_question(const standing_question&) = delete;
  standing_question& operator=(const standing_question&) = delete;

  /// Over this connection from now on.
  void ask(client_connection& over);
  /// The execution context ends.
  void let_go();
  /// Of the connection; empty when that is gone.
  std::string address() const;
  /// Shows this to who watches the connection.
  void note(std::string_view action, std::string_view detail) const;

 private:
  const serial_executor& executor_;
  const channel_options& options_;
  std::string_view path_;
  std::string request_;
  standing_call_user& user_;
  std::weak_ptr<client_connection> over_;
  std::shared_ptr<standing_call> call_;
};

}  // namespace grpcwire::detail
