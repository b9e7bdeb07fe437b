// A connection of a client: carries the events of its session to the calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcwire/codec/client_call.hpp>
#include <grpcwire/codec/headers.hpp>
#include <grpcwire/codec/prepared_heads.hpp>
#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/client_call_core.hpp>
#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/frame_history.hpp>
#include <grpcwire/rpc/trace_source.hpp>
#include <grpcwire/transport/io/connection.hpp>

namespace grpcwire::detail {

class standing_call;
class subchannel;

/// Keeps itself alive while its connection is open, so that calls finish after a GOAWAY. Runs on
/// the channel's executor.
class client_connection final : public transport::io::connection_owner,
                                public context_resident,
                                public std::enable_shared_from_this<client_connection> {
 public:
  client_connection(std::unique_ptr<transport::io::byte_stream> stream,
                    const channel_options& options, const transport::session_settings& session,
                    std::weak_ptr<subchannel> owner);
  ~client_connection();

  void start();
  /// False when this connection takes no new call any more.
  bool start(client_call_core& call);
  /// True while a call may begin at once, without a wait for a free stream.
  bool has_room() const noexcept {
    const transport::session& session = connection_->protocol();
    return !session.draining() && session.open_streams() < session.peer_max_concurrent_streams();
  }
  /// Its owner hears whenever a stream becomes free, because calls may wait for one elsewhere.
  void share(bool on) noexcept { shares_ = on; }
  /// How many calls are open; those of the channel itself do not count.
  std::size_t calls() const noexcept;

  /// A stream for a call of the channel itself, which its events go to; null: not now, or no more.
  std::optional<transport::stream_handle> open_stream(standing_call& call);
  /// The call leaves its stream.
  void forget(transport::stream_handle stream) noexcept {
    if (!shares_) return protocol().forget(stream);
    protocol().clear_deadline(stream);
    protocol().set_owner(stream, nullptr);  // its end is still of interest: the stream is free then
  }
  /// The call hears no more of its stream, which is reset if there is a code.
  void leave(transport::stream_handle stream, std::optional<std::uint32_t> reset_code);
  /// Shows this to who watches the connection.
  void note(std::string_view action, std::string_view detail);

  /// GOAWAY, then close; calls that still run end with UNAVAILABLE.
  void shut_down();
  /// Takes no new calls; closes when those that it has are over.
  void retire();
  /// The channel with these options is shut down, and others go on.
  void end_calls_of(const channel_options& of);
  bool has_calls_of(const channel_options& of) const;
  /// The peer's SETTINGS did not come in time: closes.
  void give_up();

  /// Watched by what the source gives from now on; an empty one: by nobody.
  void set_trace(const trace_source& source);

  /// From now on its owner hears of the end of each call.
  void report_outcomes() noexcept { reports_outcomes_ = true; }
  /// An attempt of a call of the channel with these options is over.
  void call_ended(const channel_options& of, bool ok, const codec::metadata& trailers) {
    if (reports_outcomes_) report(of, ok, trailers);
  }

  transport::session& protocol() noexcept { return connection_->protocol(); }
  void wake() { connection_->wake(); }
  codec::header_fields& scratch() noexcept { return scratch_; }
  codec::prepared_heads& heads() noexcept { return heads_; }
  const std::string& peer_address() const { return connection_->peer_address(); }
  auto security() const { return connection_->security(); }
  /// What is behind the loss of the connection; empty while it is there.
  const std::vector<std::string>& end_causes() const noexcept { return connection_->end_causes(); }
  std::vector<std::string> last_frames(transport::stream_handle stream) const;

 private:
  struct own_stream {
    transport::stream_handle stream;
    standing_call* call;  // null: it has left
  };

  void report(const channel_options& of, bool ok, const codec::metadata& trailers);
  void end_own_calls();
  void on_own_event(const transport::event& e);
  void on_call_closed(const transport::event& e);
  void stream_is_free();
  void on_event(const transport::event& e) override;
  void on_closed(std::error_code error, std::string_view why) override;
  void context_ended() override;
  void forked() override { connection_->forked(); }

  frame_history history_;
  codec::prepared_heads heads_;
  std::shared_ptr<transport::io::connection> connection_;
  std::weak_ptr<subchannel> owner_;
  std::shared_ptr<client_connection> self_;  // while the connection is open
  codec::header_fields scratch_;
  std::vector<own_stream> own_streams_;
  bool reports_outcomes_ = false;
  bool shares_ = false;
};

}  // namespace grpcwire::detail
