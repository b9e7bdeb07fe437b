// How a handler is cancelled.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_type.hpp>

namespace grpcwire::detail {

/// Like an asio::cancellation_signal, with room for the one thing that nearly every handler puts
/// into it: the cancellation state of its coroutine. Used on the handler's executor.
class handler_cancellation {
 public:
  handler_cancellation() = default;
  handler_cancellation(const handler_cancellation&) = delete;
  handler_cancellation& operator=(const handler_cancellation&) = delete;
  ~handler_cancellation() { clear(); }

  void emit(asio::cancellation_type type) {
    if (call_ != nullptr) call_(room_.data(), type);
    others_.emit(type);
  }

  /// What a coroutine may put another state into, in place of its first one.
  asio::cancellation_slot slot() noexcept { return others_.slot(); }

  /// A slot, as asio::cancellation_state takes one, for the first state.
  class first_slot {
   public:
    explicit first_slot(handler_cancellation& owner) noexcept : owner_(&owner) {}
    bool is_connected() const noexcept { return true; }
    template <class State, class... Arguments>
    State& emplace(Arguments&&... arguments) const {
      return owner_->place<State>(std::forward<Arguments>(arguments)...);
    }

   private:
    handler_cancellation* owner_;
  };
  first_slot first() noexcept { return first_slot(*this); }

 private:
  template <class State, class... Arguments>
  State& place(Arguments&&... arguments) {
    static_assert(sizeof(State) <= room && alignof(State) <= alignof(void*));
    clear();
    State* const made =
        ::new (static_cast<void*>(room_.data())) State(std::forward<Arguments>(arguments)...);
    call_ = [](void* state, asio::cancellation_type type) { (*static_cast<State*>(state))(type); };
    destroy_ = [](void* state) noexcept { static_cast<State*>(state)->~State(); };
    return *made;
  }
  void clear() noexcept {
    call_ = nullptr;
    if (auto* const destroy = std::exchange(destroy_, nullptr)) destroy(room_.data());
  }

  static constexpr std::size_t room = 64;

  alignas(void*) std::array<std::byte, room> room_;  // uninitialised on purpose
  void (*call_)(void*, asio::cancellation_type) = nullptr;
  void (*destroy_)(void*) noexcept = nullptr;
  asio::cancellation_signal others_;
};

}  // namespace grpcwire::detail
