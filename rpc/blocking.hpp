// Calls without coroutines and callbacks: `auto [status, reply] = stub.SayHello(request,
// blocking)`.
#pragma once

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <asio/async_result.hpp>

namespace grpcwire {

/// A completion token: the calling thread waits and gets the result as return value (a tuple where
/// there are several). A channel made without an executor runs its events on the threads that wait
/// here. For other channels some thread must run the user's io_context; waiting on that very
/// thread would never end and throws std::logic_error instead.
struct blocking_t {};
inline constexpr blocking_t blocking{};

namespace detail {

class blocking_driver;

/// A thread that waits for one operation of whatever has this driver. Throws when it would wait for
/// itself.
class blocked_thread {
 public:
  explicit blocked_thread(blocking_driver& driver);
  blocked_thread(const blocked_thread&) = delete;
  blocked_thread& operator=(const blocked_thread&) = delete;

  /// Any thread. The last use of this object: the waiting thread may destroy it at once.
  void wake();
  void wait();

 private:
  blocking_driver& driver_;
  bool done_ = false;
};

/// Keeps the results for the thread that waits. Completes on whatever thread brings them: no code
/// of the user's runs there (handler_box).
template <class... Args>
struct blocked_handler {
  static constexpr bool runs_anywhere = true;

  void operator()(Args... values) {
    result.emplace(std::move(values)...);
    caller.wake();
  }

  std::optional<std::tuple<Args...>>& result;
  blocked_thread& caller;
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
    grpcwire::detail::blocked_thread caller(initiation.driver());
    std::forward<Initiation>(initiation)(grpcwire::detail::blocked_handler<Args...>{result, caller},
                                         std::forward<InitArgs>(args)...);
    caller.wait();
    if constexpr (sizeof...(Args) == 1) {
      return std::get<0>(*std::move(result));
    } else {
      return *std::move(result);
    }
  }
};
