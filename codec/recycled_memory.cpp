#include "recycled_memory.hpp"

#include <utility>

namespace grpcwire::codec {
namespace {

// Recycled memory would hide from the sanitizer who uses an object that is gone.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool recycles = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool recycles = false;
#else
constexpr bool recycles = true;
#endif
#else
constexpr bool recycles = true;
#endif

/// Needs no destructor, so that it can be asked for as long as the thread lives.
struct thread_blocks {
  block_cache cache;
  bool closed = false;  // the thread ends: nobody would free what is kept
};

thread_blocks& of_thread() noexcept {
  static constinit thread_local thread_blocks blocks;
  return blocks;
}

void clear_with_thread() {
  struct closer {
    ~closer() {
      of_thread().closed = true;
      of_thread().cache.clear();
    }
  };
  static thread_local closer at_end;
  (void)at_end;
}

}  // namespace

void block_cache::clear() noexcept {
  for (link*& first : kept_) {
    while (first != nullptr) ::operator delete(std::exchange(first, first->next));
  }
  kept_bytes_ = 0;
}

void* take_block(std::size_t size) {
  if (recycles) {
    thread_blocks& blocks = of_thread();
    if (void* const kept = blocks.cache.take(size)) return kept;
    if (!blocks.closed) clear_with_thread();
  }
  return ::operator new(block_cache::rounded(size));
}

void give_block(void* block, std::size_t size) noexcept {
  if (block == nullptr) return;
  if (recycles) {
    thread_blocks& blocks = of_thread();
    if (!blocks.closed && blocks.cache.give(block, size)) return;
  }
  ::operator delete(block);
}

void free_kept_blocks() noexcept {
  of_thread().cache.clear();
}

}  // namespace grpcwire::codec
