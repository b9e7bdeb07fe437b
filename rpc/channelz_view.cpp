#include <atomic>

#include <asio/this_coro.hpp>

#include <grpcwire/rpc/channelz_view_internal.hpp>
#include <grpcwire/rpc/server_connection.hpp>

namespace grpcwire::detail {
namespace {

using connections = std::vector<std::shared_ptr<server_connection>>;
using views = std::vector<connection_view>;

/// On the connection's executor.
connection_view view_of(server_connection& c) {
  const transport::session& session = c.protocol();
  return {.number = c.number(),
          .local = c.local_address(),
          .remote = c.peer_address(),
          .counters = c.counters(),
          .keepalives_sent = session.keepalives_sent(),
          .flow = session.flow(),
          .open_calls = session.open_streams(),
          .running_handlers = c.shared()->running_handlers,
          .unread = session.buffered_bytes(),
          .ready = session.ready(),
          .draining = session.draining(),
          .security = c.shared()->security};
}

/// All connections are asked at the same time; the last one to answer ends it.
template <class Handler>
struct round_of_questions {
  round_of_questions(Handler&& h, const asio::any_io_executor& own, std::size_t count)
      : executor(own), box(std::move(h), executor), answers(count), missing(count) {}

  asio::any_io_executor executor;
  handler_box<Handler> box;
  views answers;  // each one is written by its connection
  std::atomic<std::size_t> missing;
};

struct start_questions {
  connections of;
  asio::any_io_executor executor;

  template <class Handler>
  void operator()(Handler handler) {
    using round = round_of_questions<Handler>;
    const auto asked = std::make_shared<round>(std::move(handler), executor, of.size());
    if (of.empty()) return asked->box.invoke(invocation::posted, views());
    for (std::size_t i = 0; i < of.size(); ++i) {
      of[i]->shared()->executor.post([asked, i, c = of[i]] {
        asked->answers[i] = view_of(*c);
        if (--asked->missing == 0) {
          asked->box.invoke(invocation::posted, std::move(asked->answers));
        }
      });
    }
  }
};

}  // namespace

std::optional<system_time> on_the_wall(transport::time_point at) {
  if (at == transport::never) return std::nullopt;
  const auto ago = std::chrono::steady_clock::now() - at;
  return std::chrono::system_clock::now() -
         std::chrono::duration_cast<std::chrono::system_clock::duration>(ago);
}

awaitable<views> look_at(connections of) {
  // g++ 12 destroys twice what stands beside a co_await within braces.
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  start_questions start{std::move(of), executor};
  asio::use_awaitable_t<> token;
  co_return co_await asio::async_initiate<asio::use_awaitable_t<>, void(views)>(std::move(start),
                                                                                token);
}

awaitable<server_view> look_at(std::shared_ptr<const server_core> server) {
  server_core::inventory found = server->look();
  server_view view{.core = std::move(server),
                   .listeners = std::move(found.listeners),
                   .history = std::move(found.history),
                   .connections = {},
                   .total = {}};
  view.connections = co_await look_at(std::move(found.connections));
  view.total = view.history.gone;
  for (const connection_view& each : view.connections) add(view.total, each.counters);
  co_return view;
}

void channelz_registry::add(const std::shared_ptr<server_core>& server) {
  const std::lock_guard lock(mutex_);
  for (const auto& each : servers_) {
    if (each.lock() == server) return;
  }
  servers_.emplace_back(server);
}

std::vector<std::pair<std::int64_t, std::shared_ptr<const server_core>>> channelz_registry::from(
    std::int64_t id) const {
  std::vector<std::pair<std::int64_t, std::shared_ptr<const server_core>>> found;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const auto id_of_this = static_cast<std::int64_t>(i + 1) * ids_of_a_server;
    if (id_of_this < id) continue;
    if (auto server = servers_[i].lock()) found.emplace_back(id_of_this, std::move(server));
  }
  return found;
}

std::shared_ptr<const server_core> channelz_registry::owner_of(std::int64_t id) const {
  if (id < ids_of_a_server) return nullptr;
  const auto index = static_cast<std::size_t>(id / ids_of_a_server - 1);
  const std::lock_guard lock(mutex_);
  return index < servers_.size() ? servers_[index].lock() : nullptr;
}

}  // namespace grpcwire::detail
