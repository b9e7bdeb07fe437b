// Shared ownership with the count inside the object: one word, and a pointer that can be passed
// through a `void*` owner of a stream.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace grpcwire::detail {

/// The last reference may be dropped on any thread; T's destructor must bear that.
template <class T>
class ref_counted {
 public:
  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void drop() noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete static_cast<T*>(this);
  }

 protected:
  ref_counted() = default;
  ~ref_counted() = default;
  ref_counted(const ref_counted&) = delete;
  ref_counted& operator=(const ref_counted&) = delete;

 private:
  std::atomic<std::uint32_t> count_{0};
};

template <class T>
class ref {
 public:
  ref() noexcept = default;
  explicit ref(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  ref(const ref& other) noexcept : ref(other.object_) {}
  ref(ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  ref& operator=(ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ref() {
    if (object_ != nullptr) object_->drop();
  }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const ref&, const ref&) = default;

 private:
  T* object_ = nullptr;
};

}  // namespace grpcwire::detail
