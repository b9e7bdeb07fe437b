#include "worker_pool.hpp"

#include <utility>

#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

namespace grpcwire {

struct worker_pool::running {
  explicit running(std::size_t count) : pool(count) {}

  asio::thread_pool pool;
};

worker_pool::worker_pool(std::size_t threads, std::size_t max_waiting)
    : max_waiting_(max_waiting), threads_(std::make_unique<running>(threads)) {}

worker_pool::~worker_pool() {
  threads_->pool.join();
}

bool worker_pool::submit(std::function<void()> work) {
  if (waiting_.fetch_add(1) >= max_waiting_) {
    --waiting_;
    return false;
  }
  asio::post(threads_->pool, [this, work = std::move(work)] {
    --waiting_;
    work();
  });
  return true;
}

}  // namespace grpcwire
