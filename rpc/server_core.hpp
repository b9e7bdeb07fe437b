// What is behind a server: its listeners, its methods and its connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/blocking_driver.hpp>
#include <grpcwire/rpc/buffer_budget.hpp>
#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/rpc/server_history.hpp>
#include <grpcwire/rpc/server_options.hpp>
#include <grpcwire/rpc/service.hpp>
#include <grpcwire/rpc/trace_source.hpp>
#include <grpcwire/transport/io/byte_stream.hpp>
#include <grpcwire/transport/io/listener.hpp>

namespace grpcwire::detail {

class load_gauge;
class server_connection;
struct connection_shared;

/// Any thread. The lock is taken when connections come and go, never on the way of a call.
class server_core final : public context_resident,
                          public std::enable_shared_from_this<server_core> {
 public:
  server_core(asio::any_io_executor executor, server_options&& options);
  ~server_core();

  void add(service& s, worker_pool* pool);
  void add_fallback(std::unique_ptr<method_entry> for_all_paths);
  result<std::string> listen(std::string_view address);
  result<std::string> listen_descriptor(int listening);
  status serve(int connected);
  /// The client's end of a new connection in memory; null when this server takes none any more.
  /// It counts as listening from the first call of expect_connections() on.
  std::unique_ptr<transport::io::byte_stream> connect_in_process(asio::any_io_executor client);
  void expect_connections() noexcept { listening_ = true; }
  bool stopping() const;
  /// Takes a connection that was accepted or made elsewhere.
  void accept(std::unique_ptr<transport::io::byte_stream> stream,
              std::shared_ptr<connection_shared> shared);

  /// `op` completes when the last connection is closed, at the latest after the deadline.
  void shut_down(deadline until, operation_ptr op);
  void stop();

  /// For the connections that there are and those to come.
  void set_trace(trace_source source);
  trace_source trace() const;

  const server_options& options() const noexcept { return options_; }
  const asio::any_io_executor& executor() const noexcept { return executor_; }
  blocking_driver& driver() noexcept { return driver_; }
  /// Of the fallback, which has no path, when nobody else has this one; null without.
  const method_entry* find_method(std::string_view path) const;
  /// Does not change once the server listens.
  const std::set<std::string>& service_names() const noexcept { return service_names_; }
  std::size_t connection_count() const;
  void forget(server_connection& closed, std::error_code error, std::string_view why);

  /// What there is at one moment: connections and listeners by ascending numbers, which are not
  /// used again, and what is left of those that ended. Not of the latter: what a connection that
  /// is there has counted.
  struct inventory {
    std::vector<std::shared_ptr<server_connection>> connections;
    std::vector<std::pair<std::uint64_t, std::string>> listeners;  // with their addresses
    server_history history;
  };
  inventory look() const;
  std::size_t held_bytes() const noexcept { return budget_->used(); }

 private:
  void context_ended() override;
  void forked() override;
  std::string start(std::unique_ptr<transport::io::listener> opened);
  void turn_away(const transport::io::byte_stream& stream, const connection_shared& shared);
  void close_listeners();
  std::vector<std::shared_ptr<server_connection>> connections() const;
  std::shared_ptr<connection_shared> make_shared_part() const;

  asio::any_io_executor executor_;
  server_options options_;
  serial_executor listening_on_;  // what the listeners run on; their close() is for any thread
  blocking_driver driver_;
  std::shared_ptr<buffer_budget> budget_;
  std::shared_ptr<load_gauge> load_;               // null: calls are not refused for load
  std::shared_ptr<const codec::codings> codings_;  // outlives connections with their last calls
  method_binder::methods methods_;                 // does not change once the server listens
  std::unique_ptr<method_entry> fallback_;         // nor does this; null: none
  std::set<std::string> service_names_;            // nor does this
  bool listening_ = false;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<transport::io::listener>> listeners_;
  std::vector<std::pair<std::uint64_t, std::string>> listening_at_;  // those of listeners_
  std::uint64_t last_number_ = 0;  // of a connection or a listener
  server_history history_;
  std::unordered_map<server_connection*, std::shared_ptr<server_connection>> connections_;
  std::vector<operation_ptr> waiting_for_end_;
  std::shared_ptr<asio::steady_timer> shutdown_timer_;
  trace_source trace_;
  bool stopping_ = false;
};

}  // namespace grpcwire::detail
