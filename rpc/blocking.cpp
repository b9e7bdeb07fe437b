#include <grpcwire/rpc/blocking.hpp>

#include <stdexcept>

namespace grpcwire::detail {

void blocking_driver::wait(const bool& done) {
  if (of_user_ != nullptr && of_user_->running_in_this_thread()) {
    throw std::logic_error(
        "a blocking call on the thread that runs the channel's io_context would never end; use "
        "co_await there, or a channel of its own");
  }
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
}

}  // namespace grpcwire::detail
