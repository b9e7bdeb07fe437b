// An io_context that threads of the test run.
#pragma once

#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

namespace grpcwire::tests {

class loop_thread {
 public:
  explicit loop_thread(asio::io_context& io, int threads = 1) : io_(io), work_(io.get_executor()) {
    io.restart();
    for (int i = 0; i < threads; ++i) threads_.emplace_back([&io] { io.run(); });
  }
  loop_thread(const loop_thread&) = delete;
  loop_thread& operator=(const loop_thread&) = delete;
  ~loop_thread() {
    io_.stop();
    for (std::thread& t : threads_) t.join();
  }

 private:
  asio::io_context& io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

}  // namespace grpcwire::tests
