#include "recorder.hpp"

#include <chrono>
#include <utility>

namespace grpcwire::tools {
namespace {

std::int64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace

recorder::recorder(host_port server, std::size_t bytes_max)
    : server_(std::move(server)), bytes_max_(bytes_max) {
  made_.server = to_string(server_);
}

recording recorder::take() {
  for (const auto& [number, index] : open_) {
    recorded_connection& c = made_.connections[index];
    if (c.end == connection_end::open) c.ended_ns = now_ns();
  }
  open_.clear();
  bytes_kept_ = 0;
  recording taken = std::exchange(made_, {});
  made_.server = taken.server;
  return taken;
}

recorded_connection* recorder::find(std::size_t number) {
  const auto found = open_.find(number);
  return found == open_.end() ? nullptr : &made_.connections[found->second];
}

// Only the first event says why the connection ended; the others follow from it.
void recorder::end(std::size_t number, connection_end how, std::string error) {
  recorded_connection* const c = find(number);
  if (c == nullptr || c->end != connection_end::open) return;
  c->end = how;
  c->error = std::move(error);
  c->ended_ns = now_ns();
}

void recorder::on_connection(std::size_t number, const host_port& client) {
  recorded_connection c;
  c.number = made_.connections.size() + 1;
  c.client_port = client.port;
  c.server_port = server_.port;
  c.opened_ns = now_ns();
  open_[number] = made_.connections.size();
  made_.connections.push_back(std::move(c));
}

void recorder::on_cannot_connect(std::size_t number, std::error_code error) {
  end(number, connection_end::not_connected, error.message());
}

void recorder::on_bytes(std::size_t number, side sender, codec::const_bytes bytes) {
  recorded_connection* const c = find(number);
  if (c == nullptr) return;
  // After a gap nothing can be followed, so one dropped byte drops all behind it.
  if (c->dropped() != 0 || bytes.size() > bytes_max_ - bytes_kept_) {
    (sender == side::client ? c->client_bytes_dropped : c->server_bytes_dropped) += bytes.size();
    return;
  }
  bytes_kept_ += bytes.size();
  c->chunks.push_back({now_ns(), sender, {bytes.begin(), bytes.end()}});
}

void recorder::on_half_close(std::size_t number, side sender) {
  end(number,
      sender == side::client ? connection_end::client_closed : connection_end::server_closed, {});
}

void recorder::on_broken(std::size_t number, side whose, std::error_code error) {
  end(number, whose == side::client ? connection_end::client_broke : connection_end::server_broke,
      error.message());
}

void recorder::on_closed(std::size_t number) {
  recorded_connection* const c = find(number);
  if (c != nullptr && c->end == connection_end::open) c->ended_ns = now_ns();
  open_.erase(number);
}

}  // namespace grpcwire::tools
