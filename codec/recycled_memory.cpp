#include "recycled_memory.hpp"

#include <cstddef>
#include <new>
#include <utility>

namespace grpcwire::codec {

void block_cache::clear() noexcept {
  for (std::size_t index = 0; index < kept_.size(); ++index) {
    while (kept_[index] != nullptr) {
      ::operator delete(std::exchange(kept_[index], kept_[index]->next));
      kept_bytes_ -= (index + 1) * step;
    }
  }
}

void block_cache::close() noexcept {
  clear();
  kept_bytes_ = kept_max;
}

namespace detail {

constinit thread_local block_cache blocks_of_thread;

namespace {

void open_for_this_thread() {
  struct opened {
    opened() noexcept { blocks_of_thread.open(); }
    ~opened() { blocks_of_thread.close(); }
  };
  if (!recycles) return;
  static thread_local opened until_its_end;
  (void)until_its_end;
}

}  // namespace

void* new_block(std::size_t size) noexcept {
  open_for_this_thread();
  return ::operator new(block_cache::rounded(size), std::nothrow);
}

}  // namespace detail

void* take_block(std::size_t size) {
  if (void* const block = try_take_block(size)) return block;
  throw std::bad_alloc();
}

void give_block(void* block, std::size_t size) noexcept {
  give_block_inline(block, size);
}

void free_kept_blocks() noexcept {
  detail::blocks_of_thread.clear();
}

}  // namespace grpcwire::codec
