// The hooks of one call, in their order: what a call holds when it has interceptors.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <grpcwire/rpc/interceptor.hpp>

namespace grpcwire::detail {

/// INTERNAL, and what was thrown.
status status_of_interceptor(std::exception_ptr thrown);

enum class hook_order { outermost_first, innermost_first };

/// Runs hooks one at a time, on any thread, and none after the end. A call without interceptors has
/// no such object. What a hook throws is kept for the end.
template <class Hooks>
class hook_list {
 public:
  void add(std::unique_ptr<Hooks> hooks) {
    if (hooks) hooks_.push_back(std::move(hooks));
  }
  /// Does not change once the call has started, so it may be looked at on any thread.
  std::span<const std::unique_ptr<Hooks>> all() const noexcept { return hooks_; }

  /// On the executor of the call, where the end comes.
  bool ended() const noexcept { return ended_; }

  template <class F>
  void each(hook_order order, F f) {
    const std::lock_guard lock(mutex_);
    if (!ended_) run(order, f);
  }

  /// `finish` is called for each of them the first time, and never again.
  template <class F>
  void end(status& outcome, F finish) {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
    if (thrown_) outcome = *thrown_;
    thrown_.reset();
    run(hook_order::innermost_first, finish);
    if (thrown_) outcome = *thrown_;
  }

 private:
  template <class F>
  void run(hook_order order, F& f) {
    const std::size_t size = hooks_.size();
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t at = order == hook_order::outermost_first ? i : size - 1 - i;
      try {
        f(*hooks_[at]);
      } catch (...) {
        if (!thrown_) thrown_ = status_of_interceptor(std::current_exception());
      }
    }
  }

  std::recursive_mutex mutex_;  // a hook may do what ends its own call
  std::vector<std::unique_ptr<Hooks>> hooks_;
  std::optional<status> thrown_;
  bool ended_ = false;
};

/// The end waits until the program has read the messages before it, or wants them no more.
struct client_hook_list : hook_list<client_call_hooks> {
  std::string peer;  // for the end, when the connection may be gone
  bool end_waits = false;
};
using server_hook_list = hook_list<server_call_hooks>;

/// Asks each interceptor, the outermost first, until one refuses the call: then `refusal` says why,
/// and the list has the hooks of those before it. Null when nobody is interested.
std::unique_ptr<client_hook_list> intercept(
    std::span<const std::shared_ptr<client_interceptor>> interceptors, client_call_start& call,
    std::optional<status>& refusal);
std::unique_ptr<server_hook_list> intercept(
    std::span<const std::shared_ptr<server_interceptor>> interceptors, server_call_start& call,
    std::optional<status>& refusal);

}  // namespace grpcwire::detail
