// A connection of a server: carries the events of its session to the calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/steady_timer.hpp>

#include <grpcwire/codec/headers.hpp>
#include <grpcwire/rpc/connection_counters.hpp>
#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/frame_history.hpp>
#include <grpcwire/rpc/server_call_core.hpp>
#include <grpcwire/rpc/server_options.hpp>
#include <grpcwire/rpc/service.hpp>
#include <grpcwire/transport/io/connection.hpp>

namespace grpcwire::detail {

class server_core;

/// Keeps itself alive while its connection is open. Runs on its own executor.
class server_connection final : public transport::io::connection_owner,
                                public context_resident,
                                public std::enable_shared_from_this<server_connection> {
 public:
  /// `number` tells it from all other connections and listeners of its server.
  server_connection(std::unique_ptr<transport::io::byte_stream> stream,
                    std::shared_ptr<connection_shared> shared, std::shared_ptr<server_core> server,
                    std::uint64_t number);
  ~server_connection();
  server_connection(const server_connection&) = delete;
  server_connection& operator=(const server_connection&) = delete;

  void start();
  /// Any thread: two GOAWAYs, then the end when no call is left.
  void drain();
  /// Any thread: asks the server's trace source again.
  void update_trace();
  /// Any thread: the end now; handlers are cancelled.
  void close_now();

  transport::session& protocol() noexcept { return connection_->protocol(); }
  void wake() { connection_->wake(); }
  codec::header_fields& scratch() noexcept { return scratch_; }
  std::vector<std::string> last_frames(transport::stream_handle stream) const {
    return history_.of_stream(connection_->protocol().id(stream));
  }
  const std::vector<std::string>& end_causes() const noexcept { return connection_->end_causes(); }
  const std::string& peer_address() const { return connection_->peer_address(); }
  const std::string& local_address() const { return connection_->local_address(); }
  transport::time_point now() const noexcept { return connection_->now(); }
  connection_counters& counters() noexcept { return counters_; }
  std::uint64_t number() const noexcept { return number_; }
  const std::shared_ptr<connection_shared>& shared() const noexcept { return shared_; }
  const method_entry* find_method(std::string_view path) const;
  const std::vector<std::shared_ptr<server_interceptor>>& interceptors() const;
  /// Null: calls are not counted.
  const std::shared_ptr<grpcwire::metrics>& metrics() const;
  /// How large the trailers of a call may be, in bytes of a header list.
  std::size_t max_trailers_size() const;
  /// What this connection holds for its calls may have changed.
  void account() noexcept {
    const transport::session& s = connection_->protocol();
    shared_->budget.set(s.buffered_bytes() + s.queued_bytes() + shared_->partial_messages);
  }

 private:
  void on_event(const transport::event& e) override;
  void on_closed(std::error_code error, std::string_view why) override;
  void context_ended() override;
  void forked() override { connection_->forked(); }
  void let_go_of_calls();
  void open_call(const transport::event& e);
  void watch_handshake();
  void take_trace();

  const std::uint64_t number_;
  connection_counters counters_;
  std::shared_ptr<connection_shared> shared_;
  std::shared_ptr<server_core> server_;
  frame_history history_;
  std::shared_ptr<transport::io::connection> connection_;
  asio::steady_timer handshake_timer_;
  codec::header_fields scratch_;
};

}  // namespace grpcwire::detail
