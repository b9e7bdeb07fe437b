#include "blocking.hpp"

#include <optional>
#include <stdexcept>

#include <asio/strand.hpp>

#include <grpcwire/rpc/blocking_driver.hpp>
#include <grpcwire/rpc/executor.hpp>

namespace grpcwire::detail {
namespace {

/// The io_context's executor under this one, if there is one.
std::optional<asio::io_context::executor_type> loop_of(const asio::any_io_executor& executor) {
  using io_executor = asio::io_context::executor_type;
  if (const auto* io = target_of<io_executor>(executor)) return *io;
  if (const auto* strand = target_of<asio::strand<io_executor>>(executor)) {
    return strand->get_inner_executor();
  }
  if (const auto* strand = target_of<asio::strand<asio::any_io_executor>>(executor)) {
    return loop_of(strand->get_inner_executor());
  }
  return std::nullopt;
}

}  // namespace

blocking_driver::blocking_driver(asio::io_context* own, const asio::any_io_executor& of_user)
    : own_(own) {
  if (own_ == nullptr && of_user) of_user_ = loop_of(of_user);
}

void blocking_driver::prepare() {
  const bool on_own_loop = own_ != nullptr && own_->get_executor().running_in_this_thread();
  if (on_own_loop || (of_user_ && of_user_->running_in_this_thread())) {
    throw std::logic_error(
        "a blocking call on the thread that runs the channel's io_context would never end; use "
        "co_await there, or a channel of its own");
  }
  if (own_ == nullptr) return;
  std::unique_lock lock(mutex_);
  if (!loop_running_) run_ready(lock);
}

void blocking_driver::settle() {
  if (own_ == nullptr) return;
  std::unique_lock lock(mutex_);
  settle_ = true;
  if (!loop_running_) run_ready(lock);
}

void blocking_driver::run_ready(std::unique_lock<std::mutex>& lock) {
  loop_running_ = true;
  do {
    settle_ = false;
    lock.unlock();
    own_->restart();
    own_->poll();
    lock.lock();
  } while (settle_);
  loop_running_ = false;
  changed_.notify_all();  // somebody else may have to run the loop now
}

void blocking_driver::complete(bool& done) {
  const std::lock_guard lock(mutex_);
  done = true;
  changed_.notify_all();
}

void blocking_driver::wait(const bool& done) {
  std::unique_lock lock(mutex_);
  while (!done) {
    if (own_ == nullptr || loop_running_) {
      changed_.wait(lock);
      continue;
    }
    loop_running_ = true;
    lock.unlock();
    own_->restart();
    own_->run_one();
    lock.lock();
    loop_running_ = false;
    changed_.notify_all();  // somebody else may have to run the loop now
  }
  if (settle_ && !loop_running_) run_ready(lock);
}

blocked_thread::blocked_thread(blocking_driver& driver) : driver_(driver) {
  driver_.prepare();
}

void blocked_thread::wake() {
  driver_.complete(done_);
}

void blocked_thread::wait() {
  driver_.wait(done_);
}

}  // namespace grpcwire::detail
