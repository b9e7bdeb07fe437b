// Several connections to one backend, while its streams are not enough (gRFC A105).

#include <algorithm>

#include <grpcwire/rpc/client_connection.hpp>
#include <grpcwire/rpc/subchannel.hpp>

namespace grpcwire::detail {

client_connection* subchannel::one_of_many() {
  client_connection* shortest = nullptr;
  for (const auto& one : ready_) {
    if (one->has_room()) return one.get();
    const auto& session = one->protocol();
    if (session.draining()) continue;  // lost in this very moment, or about to be replaced
    if (shortest == nullptr || session.queued_streams() < shortest->protocol().queued_streams()) {
      shortest = one.get();
    }
  }
  if (shortest == nullptr) return connection();
  grow();
  return shortest;
}

bool subchannel::calls_wait() const {
  return std::any_of(ready_.begin(), ready_.end(),
                     [](const auto& one) { return one->protocol().queued_streams() != 0; });
}

/// One at a time. A source that has no more to give keeps what there is.
void subchannel::grow() {
  if (ready_.empty() || ready_.size() >= connections_max_ || backing_off_) return;
  if (connector_ || fresh_ || !source_->exhausted().empty()) return;
  attempt();
}

/// As many as it has room for: they are picked for once more. Those left over want another one.
void subchannel::move_waiting_to(client_connection& fresh) {
  std::size_t room = fresh.protocol().peer_max_concurrent_streams();
  for (const auto& one : ready_) {
    const std::size_t moved = std::min(room, one->protocol().queued_streams());
    if (moved == 0) continue;
    one->protocol().refuse_waiting(moved);
    one->wake();
    room -= moved;
  }
  if (calls_wait()) grow();
}

/// Another connection may have calls that wait, and that nothing there will let begin.
void subchannel::on_stream_free(client_connection& where) {
  if (state_ != channel_state::ready || !where.has_room()) return;
  for (const auto& one : ready_) {
    if (one->protocol().queued_streams() == 0) continue;
    one->protocol().refuse_waiting(1);
    return one->wake();
  }
}

void subchannel::allow_connections(std::uint32_t limit) {
  connections_max_ = limit;
  for (const auto& one : ready_) one->share(limit > 1 || ready_.size() > 1);
  if (calls_wait()) grow();
}

void subchannel::close_surplus(std::chrono::milliseconds silent) {
  const auto now = std::chrono::steady_clock::now();
  const auto all = ready_;  // those that retire leave it
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto since = now - all[i]->protocol().last_received();
    const bool idle = std::chrono::duration_cast<std::chrono::milliseconds>(since) >= silent;
    if (idle && all[i]->calls() == 0) all[i]->retire();
  }
}

}  // namespace grpcwire::detail
