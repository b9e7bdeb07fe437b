// Servers that share one port, each with a loop and a thread of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <grpcwire/rpc/deadline.hpp>
#include <grpcwire/rpc/result.hpp>
#include <grpcwire/rpc/server.hpp>
#include <grpcwire/rpc/server_options.hpp>
#include <grpcwire/rpc/service.hpp>

namespace grpcwire {

/// Makes loops, servers and, with start(), threads: one of each for each member. The kernel deals
/// out the connections (SO_REUSEPORT); a connection stays with its member, so no call is handed
/// from thread to thread and no strand is needed. For many connections: few of them may all come to
/// one member.
///
/// The same services serve on all threads at the same time. Each member has the limits of the
/// options for itself, max_connections and shedding among them. Metrics, interceptors and trace
/// sinks are shared. Services and worker pools must outlive the group.
class server_group {
 public:
  /// 0 members: as many as the machine runs threads at a time.
  explicit server_group(std::size_t members, const server_options& options = {});
  /// stop()
  ~server_group();
  server_group(const server_group&) = delete;
  server_group& operator=(const server_group&) = delete;

  /// As those of a server; before listen().
  void add(service& s);
  void add(service& s, worker_pool& pool);

  /// As that of a server, for TCP: port 0 takes one free port for all. After an error the group is
  /// stopped.
  result<std::string> listen(std::string_view address);

  /// Starts the threads. Nothing is served before. Throws std::logic_error the second time.
  void start();

  /// As that of a server, and of all of them; then joins the threads. Blocks the calling thread,
  /// which must be none of the group's.
  void shutdown(deadline until = {});
  /// Immediate: closes all connections, then joins the threads. Not from a thread of the group.
  void stop();

  std::size_t size() const noexcept { return members_.size(); }
  /// For traces, counts and listeners of a member's own.
  server& member(std::size_t n) { return members_[n]->served; }
  /// The loop of a member, run by its thread alone until the group ends: for timers, signals, and
  /// channels of handlers. Work that is left on it then is dropped.
  asio::io_context& loop(std::size_t n) { return members_[n]->io; }
  /// Of all members.
  std::size_t connection_count() const;

 private:
  struct one {
    explicit one(const server_options& options) : served(io, options) {}

    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    server served;
    std::thread thread;
  };

  std::vector<std::unique_ptr<one>> members_;
  bool started_ = false;
};

}  // namespace grpcwire
