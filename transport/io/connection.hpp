// The one pump: the only code that moves bytes between a byte stream and a session.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/session.hpp>

namespace grpcwire::transport::io {

class connection;

/// Who a connection belongs to. All calls come on its executor.
class connection_owner {
 public:
  /// One event of the session. Actions on the session are welcome; they go out at the end of the
  /// turn.
  virtual void on_event(const event& e) = 0;
  /// The end, exactly once, after stream_closed of every stream. The text says why.
  virtual void on_closed(std::error_code error, std::string_view why) = 0;

 protected:
  ~connection_owner() = default;
};

/// Reads, lets the session think, tells the owner, and writes everything that became ready in one
/// go. Used on the stream's executor only. Keeps itself alive while it is open.
class connection final : public stream_user, public std::enable_shared_from_this<connection> {
 public:
  connection(std::unique_ptr<byte_stream> stream, role r, const session_settings& settings,
             connection_owner& owner, trace_sink* trace = nullptr);

  /// Sends the preface and begins to read.
  void start();

  /// For actions; call wake() after the last one.
  session& protocol() noexcept { return session_; }
  /// Something was done to the session: events and output are handled before this turn ends, or,
  /// outside of one, in a turn of their own, so that many actions make one write.
  void wake();

  /// The time of this turn; the time itself outside of one.
  time_point now() const noexcept {
    return pumping_ ? session_.last_told() : std::chrono::steady_clock::now();
  }

  /// Ends the connection now: streams get connection_lost, the owner on_closed().
  void close(std::error_code error, std::string_view why);
  /// The owner goes away and wants to hear no more. Closes.
  void abandon();
  bool closed() const noexcept { return closed_; }
  /// What is behind the reason of the end, in words, each caused by the next one; may be empty.
  /// Known when the events of the end come.
  const std::vector<std::string>& end_causes() const noexcept { return end_causes_; }
  /// In the child of a fork: the byte stream is closed at once and in silence, because the parent
  /// goes on with it. The owner hears of it on the executor.
  void forked();

  asio::any_io_executor executor() { return stream_->executor(); }
  const std::string& peer_address() const { return stream_->peer_address(); }
  const std::string& local_address() const { return stream_->local_address(); }
  /// Null without TLS, or before its handshake is over.
  std::shared_ptr<const security_info> security() const { return stream_->security(); }
  /// After on_closed(): what to change; may be empty.
  std::string advice() const;

 private:
  void on_read(std::error_code error, std::size_t size) override;
  void on_writable(std::error_code error) override;
  void read_more();
  bool take(codec::const_bytes bytes, codec::input_block* block = nullptr);
  void drain_socket();
  void pump();
  void flush();
  void pass_time();
  void arm_timer();
  void on_timer(std::error_code error);
  void stop_reading(std::error_code error);
  void linger();
  void limit_end();
  void end_if_stalled();
  void time_end();

  std::unique_ptr<byte_stream> stream_;
  session session_;
  connection_owner* owner_;
  asio::steady_timer timer_;
  time_point timer_at_ = time_point::max();  // when it fires; max: it does not
  // An idle connection holds only this, which is enough for a small call; more is read through a
  // buffer on the stack.
  std::array<std::uint8_t, 512> first_read_;
  std::error_code end_error_;
  bool heard_ = false;  // the peer has sent something
  std::vector<std::string> end_causes_;
  bool pumping_ = false;
  bool wake_posted_ = false;
  bool waiting_writable_ = false;
  bool ending_ = false;       // no more input is taken; output() is flushed, then it closes
  bool lingering_ = false;    // written everything; waits for the peer's end of file
  bool end_limited_ = false;  // the timer closes it
  int end_stalls_ = 0;        // so often in a row nothing was acknowledged
  std::size_t end_left_ = SIZE_MAX;
  bool closed_ = false;
  bool forked_ = false;
};

}  // namespace grpcwire::transport::io
