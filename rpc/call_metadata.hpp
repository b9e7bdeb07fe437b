// The members of call_options that own memory, made so that coroutines of g++ 12 may pass them.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <grpcwire/codec/metadata.hpp>

namespace grpcwire {
namespace detail {

/// For `co_await f({.member = value})` g++ 12 builds the members beside the aggregate, copies their
/// bytes into it, and destroys both. A byte-wise copy of this knows that it is one: it can be read
/// as long as the original lives, which is to the end of the expression, and frees nothing.
template <class T>
class owned_option {
 public:
  owned_option() noexcept = default;
  explicit owned_option(T value) : value_(std::make_unique<T>(std::move(value)).release()) {}
  owned_option(const owned_option& other) : value_(copy(other)) {}
  owned_option(owned_option&& other) noexcept(false)
      : value_(other.is_original() ? std::exchange(other.value_, nullptr) : copy(other)) {}
  owned_option& operator=(owned_option other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~owned_option() {
    if (is_original()) const std::unique_ptr<T> freed(value_);
  }

  /// Null: it was not set.
  const T* get() const noexcept { return value_; }
  T& edit() {
    if (value_ == nullptr) value_ = std::make_unique<T>().release();
    return *value_;
  }

 private:
  bool is_original() const noexcept { return self_ == this; }
  static T* copy(const owned_option& other) {
    return other.value_ != nullptr ? std::make_unique<T>(*other.value_).release() : nullptr;
  }

  const owned_option* self_ = this;
  T* value_ = nullptr;
};

}  // namespace detail

/// Metadata to send with a call; holds no memory until there is some.
class call_metadata {
 public:
  call_metadata() noexcept = default;
  explicit(false) call_metadata(grpcwire::metadata fields) : fields_(std::move(fields)) {}
  call_metadata(std::initializer_list<grpcwire::metadata::entry> entries)
      : fields_(grpcwire::metadata(entries)) {}

  void add(std::string_view name, std::string_view value) { fields_.edit().add(name, value); }
  /// For changes of any kind.
  grpcwire::metadata& edit() { return fields_.edit(); }
  std::optional<std::string_view> get(std::string_view name) const noexcept {
    return all().get(name);
  }
  /// What there is, maybe nothing.
  const grpcwire::metadata& all() const noexcept {
    static const grpcwire::metadata none;
    return fields_.get() != nullptr ? *fields_.get() : none;
  }

 private:
  detail::owned_option<grpcwire::metadata> fields_;
};

/// Text that is usually absent.
class call_text {
 public:
  call_text() noexcept = default;
  explicit(false) call_text(std::string text) : text_(std::move(text)) {}
  explicit(false) call_text(std::string_view text) : text_(std::string(text)) {}
  explicit(false) call_text(const char* text) : text_(std::string(text)) {}

  std::string_view view() const noexcept {
    return text_.get() != nullptr ? std::string_view(*text_.get()) : std::string_view();
  }

 private:
  detail::owned_option<std::string> text_;
};

}  // namespace grpcwire
