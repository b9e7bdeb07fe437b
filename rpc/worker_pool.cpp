#include "worker_pool.hpp"

#include <utility>

#include <asio/post.hpp>

namespace grpcwire {

worker_pool::worker_pool(std::size_t threads, std::size_t max_waiting)
    : max_waiting_(max_waiting), pool_(threads) {}

worker_pool::~worker_pool() {
  pool_.join();
}

bool worker_pool::submit(std::function<void()> work) {
  if (waiting_.fetch_add(1) >= max_waiting_) {
    --waiting_;
    return false;
  }
  asio::post(pool_, [this, work = std::move(work)] {
    --waiting_;
    work();
  });
  return true;
}

}  // namespace grpcwire
