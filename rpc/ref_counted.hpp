// Shared ownership with the count inside the object: one word, and a pointer that can be passed
// through a `void*` owner of a stream.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <type_traits>
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
  /// False when the last reference is gone already.
  bool try_retain() noexcept {
    std::uint32_t count = count_.load(std::memory_order_relaxed);
    while (count != 0) {
      if (count_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) return true;
    }
    return false;
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
  template <class Derived>
  requires(std::is_convertible_v<Derived*, T*>) ref(ref<Derived> other)
  noexcept : object_(std::exchange(other.object_, nullptr)) {}
  ref& operator=(ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ref() {
    if (object_ != nullptr) object_->drop();
  }

  /// Takes over a reference that was counted before.
  static ref adopt(T* counted) noexcept {
    ref taken;
    taken.object_ = counted;
    return taken;
  }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const ref&, const ref&) = default;

 private:
  template <class>
  friend class ref;

  T* object_ = nullptr;
};

/// The way back to an object from something that the object may own itself, such as the function in
/// a cancellation slot: a reference there would keep both alive for good.
template <class T>
class back_link final : public ref_counted<back_link<T>> {
 public:
  explicit back_link(T& object) noexcept : object_(&object) {}

  /// Empty when the object is gone.
  ref<T> lock() noexcept {
    const std::lock_guard lock(mutex_);
    if (object_ == nullptr || !object_->try_retain()) return {};
    return ref<T>::adopt(object_);
  }
  void cut() noexcept {
    const std::lock_guard lock(mutex_);
    object_ = nullptr;
  }

 private:
  std::mutex mutex_;
  T* object_;
};

/// Makes the link of its object when somebody asks for it, on any thread. To be the last member, so
/// that it is cut before anything else of the object goes.
template <class T>
class back_link_owner {
 public:
  back_link_owner() = default;
  back_link_owner(const back_link_owner&) = delete;
  back_link_owner& operator=(const back_link_owner&) = delete;
  ~back_link_owner() {
    if (back_link<T>* made = link_.load(std::memory_order_acquire)) {
      made->cut();
      made->drop();
    }
  }

  ref<back_link<T>> get(T& object) {
    back_link<T>* made = link_.load(std::memory_order_acquire);
    if (made != nullptr) return ref<back_link<T>>(made);
    ref<back_link<T>> fresh(new back_link<T>(object));
    fresh->retain();  // the owner's own
    if (link_.compare_exchange_strong(made, fresh.get(), std::memory_order_acq_rel)) return fresh;
    fresh->drop();
    return ref<back_link<T>>(made);
  }

 private:
  std::atomic<back_link<T>*> link_ = nullptr;
};

}  // namespace grpcwire::detail
