// What runs the loop of a channel while threads wait for its operations.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include <asio/any_io_executor.hpp>
#include <asio/io_context.hpp>

namespace grpcwire::detail {

/// Lets a thread wait for an operation of a channel.
class blocking_driver {
 public:
  /// `own` is the loop of a channel that was made without an executor, else null. `of_user` is the
  /// executor of the user's otherwise.
  blocking_driver(asio::io_context* own, const asio::any_io_executor& of_user);

  /// Before the operation starts. Throws when the caller would wait for itself; lets a loop of its
  /// own catch up with what happened while nobody ran it, such as the end of a connection.
  void prepare();
  /// The channel or a call of it is left for good: runs what that made ready in a loop of its own,
  /// which would otherwise keep the channel alive while the channel keeps the loop.
  void settle();
  /// Returns when `done` is true, which complete() may make it.
  void wait(const bool& done);
  /// The last use of this object: the waiting thread may destroy `done` at once.
  void complete(bool& done);

 private:
  void run_ready(std::unique_lock<std::mutex>& lock);

  asio::io_context* own_;
  std::optional<asio::io_context::executor_type> of_user_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool loop_running_ = false;  // one of the waiting threads runs own_, the others sleep
  bool settle_ = false;        // whoever runs own_ is to leave nothing that is ready behind
};

}  // namespace grpcwire::detail
