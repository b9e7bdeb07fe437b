// Threads for handlers that block.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace grpcwire {

/// Threads that are the user's: made here, on purpose, with a limit on what may wait for them. (The
/// only others that this library makes are those of a server_group.) Must outlive the servers that
/// use it.
class worker_pool {
 public:
  /// `max_waiting`: calls beyond it are refused with RESOURCE_EXHAUSTED.
  explicit worker_pool(std::size_t threads, std::size_t max_waiting = 1000);
  /// Waits for the handlers that run.
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// False, and nothing happens, when too many wait already. Any thread.
  bool submit(std::function<void()> work);

 private:
  std::size_t max_waiting_;
  std::atomic<std::size_t> waiting_ = 0;
  struct running;
  std::unique_ptr<running> threads_;
};

}  // namespace grpcwire
