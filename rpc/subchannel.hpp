// One source of connections and the way to a connection of it, or to several while one is not
// enough: connect, back off, try again when asked. Channels of a subchannel_pool share it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/steady_timer.hpp>

#include <grpcwire/codec/status.hpp>
#include <grpcwire/rpc/backoff.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/trace_source.hpp>
#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/connector.hpp>
#include <grpcwire/transport/io/stream_source.hpp>

namespace grpcwire::detail {

class client_connection;

/// A channel that uses a subchannel. Told about every change of state, on the executor.
class subchannel_user {
 public:
  /// Of the channel, which they tell from others.
  virtual const channel_options& options() const = 0;
  /// READY also when one of several connections is gone, which connection() may have been.
  virtual void on_state(channel_state state, const codec::status& why) = 0;
  /// Of each call of this channel, when wants_outcomes().
  virtual void on_call_ended(bool ok, const codec::metadata& trailers) = 0;
  virtual bool wants_outcomes() const = 0;

 protected:
  ~subchannel_user() = default;
};

/// READY means: at least one connection, and the peer's SETTINGS are here. When calls wait for a
/// free stream of all there are, another one is made, up to a limit (gRFC A105). Runs on the
/// executor only.
class subchannel : public std::enable_shared_from_this<subchannel> {
 public:
  /// Of one channel, whose options they are, or with `shared` of every channel that joins.
  subchannel(const serial_executor& executor, std::unique_ptr<transport::io::stream_source> source,
             std::shared_ptr<const channel_options> options, bool shared);
  ~subchannel();

  void join(subchannel_user& user);
  bool shared() const noexcept { return shared_; }
  const channel_options& options() const noexcept { return *options_; }

  /// From IDLE: connect. Otherwise nothing.
  void connect(subchannel_user& user);
  /// No user needs it now: ends the connection, which has no calls, and all attempts: IDLE.
  void go_idle(subchannel_user& user);
  /// Ends the calls of the channel with these options, whose user hears nothing more. With the last
  /// user the connection and all attempts end.
  void shut_down(const channel_options& of);
  /// Calls of the user's channel finish, it hears nothing more. With the last user the connection
  /// ends when its calls are over.
  void leave(subchannel_user& user);
  /// After leave(): no call of that channel is left.
  bool over(const channel_options& of) const;
  /// The server is at these addresses now. A connection to another one takes no more calls.
  void replace(const std::vector<transport::io::address>& to);
  /// At least 1, which it is until this is called.
  void allow_connections(std::uint32_t limit);
  /// Ends those without calls that were silent for so long, but the first.
  void close_surplus(std::chrono::milliseconds silent);

  /// For the connections that there are and those to come.
  void set_trace(trace_source source);

  /// The execution context ends: drops what keeps this object alive.
  void let_go();
  /// In the child of a fork: the connection, or the attempt to make one, is the parent's. IDLE.
  void forked();

  channel_state state() const noexcept { return state_; }
  /// The first of them; non-null while READY.
  client_connection* connection() const noexcept {
    return ready_.empty() ? nullptr : ready_.front().get();
  }
  /// The first that has room for a call, else the one where fewest wait; non-null while READY.
  client_connection* connection_for_call() {
    return ready_.size() <= 1 && connections_max_ == 1 ? connection() : one_of_many();
  }
  /// Those that are READY, the oldest first.
  const std::vector<std::shared_ptr<client_connection>>& connections() const noexcept {
    return ready_;
  }
  const codec::status& last_failure() const noexcept { return failure_; }

  // ---- for client_connection
  void on_ready(client_connection& which);
  /// The peer sent GOAWAY: the connection finishes its calls on its own, new ones go elsewhere.
  void on_draining(client_connection& which);
  /// Its PINGs come too often for the server: those of the next connections come half as often.
  void on_too_many_pings() noexcept;
  void on_lost(client_connection& lost, const codec::status& why);
  /// Of a connection that is shared.
  void on_stream_free(client_connection& where);
  void on_call_ended(const channel_options& of, bool ok, const codec::metadata& trailers);

 private:
  struct seat {
    subchannel_user* user;
    bool asleep;  // its channel is IDLE
  };

  seat* find(const subchannel_user& user);
  void forget(const subchannel_user& user);
  bool all_asleep() const;
  bool anyone_wants_outcomes() const;
  void tell();
  void sleep();
  void retire_all();
  void stop_for(const channel_options& of);
  std::vector<std::shared_ptr<client_connection>> all_connections() const;
  void attempt();
  void watch_settings();
  void connected(std::unique_ptr<transport::io::byte_stream> stream,
                 const transport::io::connect_failure& failure);
  void failed(codec::status why);
  void wait_for_retry();
  void let_go_of_connections();
  std::shared_ptr<client_connection> take(client_connection& which);
  void fewer();
  bool ended_for_good();
  bool calls_wait() const;
  client_connection* one_of_many();
  void grow();
  void move_waiting_to(client_connection& fresh);
  void set_state(channel_state state);

  const serial_executor& executor_;
  std::unique_ptr<transport::io::stream_source> source_;
  std::shared_ptr<const channel_options> options_;
  const bool shared_;
  std::vector<seat> users_;
  std::optional<std::chrono::milliseconds> keepalive_time_;
  backoff backoff_;
  asio::steady_timer retry_timer_;
  std::chrono::steady_clock::time_point retry_at_{};
  std::chrono::steady_clock::time_point connect_until_{};
  std::shared_ptr<transport::io::connector> connector_;
  std::shared_ptr<client_connection> fresh_;               // its peer has not said a word
  std::vector<std::shared_ptr<client_connection>> ready_;  // the oldest first
  std::vector<std::weak_ptr<client_connection>> draining_;
  trace_source trace_;
  channel_state state_ = channel_state::idle;
  std::uint32_t connections_max_ = 1;
  bool backing_off_ = false;  // from another connection, while there are some
  bool shut_down_ = false;
  codec::status failure_;
  codec::status last_loss_;  // of a connection that had been READY; until the next one is
};

}  // namespace grpcwire::detail
