#include "server_group.hpp"

#include <algorithm>
#include <latch>
#include <stdexcept>
#include <utility>

namespace grpcwire {

server_group::server_group(std::size_t members, const server_options& options) {
  server_options of_each = options;
  of_each.threads = threading::one;
  of_each.reuse_port = true;
  if (members == 0) members = std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t n = 0; n < members; ++n) members_.push_back(std::make_unique<one>(of_each));
}

server_group::~server_group() {
  stop();
}

void server_group::add(service& s) {
  for (const auto& m : members_) m->served.add(s);
}

void server_group::add(service& s, worker_pool& pool) {
  for (const auto& m : members_) m->served.add(s, pool);
}

result<std::string> server_group::listen(std::string_view address) {
  std::string shared(address);  // with the real port from the first member on
  for (const auto& m : members_) {
    auto listening = m->served.listen(shared);
    if (!listening) {
      stop();
      return listening;
    }
    shared = *std::move(listening);
  }
  return shared;
}

void server_group::start() {
  if (std::exchange(started_, true)) throw std::logic_error("the group was started already");
  for (const auto& m : members_) {
    m->thread = std::thread([&io = m->io] { io.run(); });
  }
}

void server_group::shutdown(deadline until) {
  if (members_.front()->thread.joinable()) {
    // Shared: the last thread may still be in count_down() when this one goes on.
    const auto left = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(members_.size()));
    for (const auto& m : members_) {
      m->served.shutdown(until, [left](const status&) { left->count_down(); });
    }
    left->wait();
  }
  for (const auto& m : members_) {
    m->work.reset();
    m->io.stop();
    if (m->thread.joinable()) m->thread.join();
  }
}

void server_group::stop() {
  for (const auto& m : members_) m->served.stop();
  shutdown();  // which has not long to wait
}

std::size_t server_group::connection_count() const {
  std::size_t sum = 0;
  for (const auto& m : members_) sum += m->served.connection_count();
  return sum;
}

}  // namespace grpcwire
