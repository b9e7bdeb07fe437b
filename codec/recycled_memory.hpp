// Memory for what each call makes and frees again: blocks that were freed are kept for the next one
// who asks, so that a steady load costs no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace grpcwire::codec {

// Recycled memory would hide from the sanitizer who uses an object that is gone.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool recycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool recycles = false;
#else
inline constexpr bool recycles = true;
#endif
#else
inline constexpr bool recycles = true;
#endif

/// Keeps blocks that were freed, by size, while it is open. Used by one thread; has no destructor,
/// see close().
class block_cache {
 public:
  /// Larger blocks are not kept.
  static constexpr std::size_t size_max = 2048;
  /// Bytes that are kept, of all sizes together.
  static constexpr std::size_t kept_max = 256 * 1024;
  /// What has to be allocated for `size` bytes, so that the block fits whoever asks next.
  static constexpr std::size_t rounded(std::size_t size) noexcept {
    return size > size_max ? size : (class_of(size) + 1) * step;
  }

  /// A block of rounded(size) bytes, or null.
  void* take(std::size_t size) noexcept {
    if (size > size_max) return nullptr;
    const std::size_t index = class_of(size);
    link* const block = kept_[index];
    if (block == nullptr) return nullptr;
    kept_[index] = block->next;
    kept_bytes_ -= (index + 1) * step;
    return block;
  }
  /// False: the caller frees the block, which is of rounded(size) bytes.
  bool give(void* block, std::size_t size) noexcept {
    if (size > size_max || kept_bytes_ >= kept_max) return false;
    const std::size_t index = class_of(size);
    kept_[index] = ::new (block) link{kept_[index]};
    kept_bytes_ += (index + 1) * step;
    return true;
  }
  /// Keeps blocks from now on.
  void open() noexcept { kept_bytes_ = 0; }
  /// Frees, by operator delete, what is kept.
  void clear() noexcept;
  /// The same, and keeps nothing from now on.
  void close() noexcept;

 private:
  static constexpr std::size_t step = 64;
  static constexpr std::size_t class_of(std::size_t size) noexcept {
    return size == 0 ? 0 : (size - 1) / step;
  }
  struct link {
    link* next;
  };

  std::array<link*, size_max / step> kept_{};
  std::size_t kept_bytes_ = kept_max;  // of one that is closed: as if it were full
};

namespace detail {

/// What this thread keeps. Opened by the first block made here, closed when the thread ends.
extern constinit thread_local block_cache blocks_of_thread;

void* new_block(std::size_t size) noexcept;

}  // namespace detail

/// A block of `size` bytes that this thread has kept, or a new one; null when there is no memory.
/// Aligned as by operator new.
inline void* try_take_block(std::size_t size) noexcept {
  void* const kept = detail::blocks_of_thread.take(size);
  return kept != nullptr ? kept : detail::new_block(size);
}
/// The same where there are many who ask: not inline, and it throws std::bad_alloc.
void* take_block(std::size_t size);

/// On any thread; not null. `size` is what was asked for.
inline void give_block_inline(void* block, std::size_t size) noexcept {
  if (!detail::blocks_of_thread.give(block, size)) ::operator delete(block);
}
void give_block(void* block, std::size_t size) noexcept;

/// Frees what this thread keeps; it begins anew.
void free_kept_blocks() noexcept;

/// For the elements of containers.
template <class T>
struct recycling_allocator {
  using value_type = T;

  recycling_allocator() noexcept = default;
  template <class U>
  explicit(false) recycling_allocator(const recycling_allocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(take_block(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept { give_block(block, count * sizeof(T)); }

  friend bool operator==(recycling_allocator, recycling_allocator) noexcept { return true; }
};

/// A base of objects that come and go with each call.
class recycled {
 public:
  static void* operator new(std::size_t size) { return take_block(size); }
  static void operator delete(void* block, std::size_t size) noexcept { give_block(block, size); }
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  static void operator delete(void* block, std::size_t, std::align_val_t alignment) noexcept {
    ::operator delete(block, alignment);
  }

 protected:
  recycled() = default;
  ~recycled() = default;
};

}  // namespace grpcwire::codec
