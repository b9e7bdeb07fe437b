// Calls without coroutines and callbacks: `auto [status, reply] = stub.SayHello(request,
// blocking)`.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/io_context.hpp>

namespace grpcwire {

/// A completion token: the calling thread waits and gets the result as return value (a tuple where
/// there are several). A channel made without an executor runs its events on the threads that wait
/// here. For other channels some thread must run the user's io_context; waiting on that very
/// thread would never end and throws std::logic_error instead.
struct blocking_t {};
inline constexpr blocking_t blocking{};

namespace detail {

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
  /// The last use of this object: the waiting thread may destroy it at once.
  template <class F>
  void complete(F set_done) {
    const std::lock_guard lock(mutex_);
    set_done();
    changed_.notify_all();
  }

 private:
  void run_ready(std::unique_lock<std::mutex>& lock);

  asio::io_context* own_;
  std::optional<asio::io_context::executor_type> of_user_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool loop_running_ = false;  // one of the waiting threads runs own_, the others sleep
  bool settle_ = false;        // whoever runs own_ is to leave nothing that is ready behind
};

}  // namespace detail
}  // namespace grpcwire

template <class... Args>
class asio::async_result<grpcwire::blocking_t, void(Args...)> {
 public:
  using return_type =
      std::conditional_t<sizeof...(Args) == 1, std::tuple_element_t<0, std::tuple<Args..., void>>,
                         std::tuple<Args...>>;

  template <class Initiation, class... InitArgs>
  static return_type initiate(Initiation&& initiation, grpcwire::blocking_t, InitArgs&&... args) {
    std::optional<std::tuple<Args...>> result;
    bool done = false;
    grpcwire::detail::blocking_driver& driver = initiation.driver();
    driver.prepare();
    std::forward<Initiation>(initiation)(
        [&](Args... values) {
          driver.complete([&] {
            result.emplace(std::move(values)...);
            done = true;
          });
        },
        std::forward<InitArgs>(args)...);
    driver.wait(done);
    if constexpr (sizeof...(Args) == 1) {
      return std::get<0>(*std::move(result));
    } else {
      return *std::move(result);
    }
  }
};
