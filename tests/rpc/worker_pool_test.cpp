#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include <grpcwire/rpc/worker_pool.hpp>

namespace grpcwire {
namespace {

/// Holds a worker until it is opened.
class gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    arrived_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return arrived_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool arrived_ = false;
};

TEST(worker_pool, runs_what_it_is_given_on_other_threads) {
  std::atomic<int> ran = 0;
  const auto here = std::this_thread::get_id();
  {
    worker_pool pool(3);
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(pool.submit([&] { ran += std::this_thread::get_id() != here; }));
    }
  }
  EXPECT_EQ(ran, 100) << "the destructor waits";
}

TEST(worker_pool, refuses_what_is_too_much_and_recovers) {
  gate closed;
  std::atomic<int> ran = 0;
  worker_pool pool(1, 2);
  EXPECT_TRUE(pool.submit([&] { closed.pass(); }));
  closed.wait_for_arrival();
  EXPECT_TRUE(pool.submit([&] { ++ran; }));
  EXPECT_TRUE(pool.submit([&] { ++ran; }));
  EXPECT_FALSE(pool.submit([&] { ++ran; }));
  EXPECT_FALSE(pool.submit([&] { ++ran; }));
  closed.open();
  while (ran != 2) std::this_thread::yield();
  EXPECT_TRUE(pool.submit([&] { ++ran; }));
  while (ran != 3) std::this_thread::yield();
}

}  // namespace
}  // namespace grpcwire
