// A value or the reason why there is none; member names are those of std::expected (C++23), which
// g++ 12 does not have in C++20 mode.
#pragma once

#include <cassert>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace grpcwire::codec {

template <class E>
struct unexpected {
  E error;
};
template <class E>
unexpected(E) -> unexpected<E>;

template <class T, class E>
class [[nodiscard]] result {
 public:
  using value_type = T;
  using error_type = E;

  result() = default;
  template <class U = T>
  requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, result> &&
           !std::is_convertible_v<U&&, E>) result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  // The second parameter only keeps clang from seeing one constructor twice when T is E.
  template <class U = E, int = 0>
  requires(std::is_convertible_v<U&&, E> && !std::is_same_v<std::remove_cvref_t<U>, result> &&
           !std::is_convertible_v<U&&, T>) result(U&& error)
      : state_(std::in_place_index<1>, std::forward<U>(error)) {}
  template <class U>
  result(unexpected<U> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return checked(); }
  const T& value() const& { return const_cast<result*>(this)->checked(); }
  T&& value() && { return std::move(checked()); }
  T& operator*() & { return checked(); }
  const T& operator*() const& { return const_cast<result*>(this)->checked(); }
  T&& operator*() && { return std::move(checked()); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<result*>(this)->checked(); }

  E& error() & { return failed(); }
  const E& error() const& { return const_cast<result*>(this)->failed(); }
  E&& error() && { return std::move(failed()); }

 private:
  T& checked() {
    assert(has_value() && "value() of a result that holds an error");
    return *std::get_if<0>(&state_);
  }
  E& failed() {
    assert(!has_value() && "error() of a result that holds a value");
    return *std::get_if<1>(&state_);
  }

  std::variant<T, E> state_;
};

/// That it worked, or the reason why not.
template <class E>
class [[nodiscard]] result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  result() = default;
  template <class U>
  result(unexpected<U> failure) : error_(std::move(failure.error)) {}

  bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  E& error() & { return failed(); }
  const E& error() const& { return const_cast<result*>(this)->failed(); }
  E&& error() && { return std::move(failed()); }

 private:
  E& failed() {
    assert(!has_value() && "error() of a result without one");
    return *error_;
  }

  std::optional<E> error_;
};

}  // namespace grpcwire::codec
