// What channelz sees of servers and connections: copies, made where the originals live.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/rpc/connection_counters.hpp>
#include <grpcwire/rpc/credentials.hpp>
#include <grpcwire/rpc/operation.hpp>
#include <grpcwire/rpc/server_core.hpp>
#include <grpcwire/transport/flow_state.hpp>

namespace grpcwire::detail {

using system_time = std::chrono::system_clock::time_point;

/// Nothing for `never`.
std::optional<system_time> on_the_wall(transport::time_point at);

struct connection_view {
  std::uint64_t number = 0;
  std::string local{};
  std::string remote{};
  connection_counters counters{};
  std::uint64_t keepalives_sent = 0;
  transport::flow_state flow{};
  std::size_t open_calls = 0;
  std::size_t running_handlers = 0;
  std::size_t unread = 0;  // bytes of messages that wait for their handlers
  bool ready = false;      // the client's SETTINGS have come
  bool draining = false;
  std::shared_ptr<const security_info> security{};
};

/// In the order of the connections.
awaitable<std::vector<connection_view>> look_at(
    std::vector<std::shared_ptr<server_connection>> connections);

struct server_view {
  std::shared_ptr<const server_core> core;  // for its options
  std::vector<std::pair<std::uint64_t, std::string>> listeners;
  server_history history;
  std::vector<connection_view> connections;
  connection_counters total;  // of all connections there were
};

awaitable<server_view> look_at(std::shared_ptr<const server_core> server);

/// The servers that a channelz_service tells of, in the order they came. Any thread.
class channelz_registry {
 public:
  /// Ids of a server and all that is in it.
  static constexpr std::int64_t ids_of_a_server = 1'000'000'000'000;

  void add(const std::shared_ptr<server_core>& server);

  /// Those that live, with their ids, from this id on.
  std::vector<std::pair<std::int64_t, std::shared_ptr<const server_core>>> from(
      std::int64_t id) const;
  /// The server that has this id or has something with it; null when there is none.
  std::shared_ptr<const server_core> owner_of(std::int64_t id) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<server_core>> servers_;  // by id; those that are gone keep theirs
};

}  // namespace grpcwire::detail
