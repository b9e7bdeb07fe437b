#include "memory_pool.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <sys/mman.h>

#include <grpcwire/codec/recycled_memory.hpp>

namespace grpcwire::transport {

void* memory_pool::allocate(std::size_t size) noexcept {
  if (size > small_max) return allocate_large(size);
  head* const block = static_cast<head*>(codec::try_take_block(sizeof(head) + size));
  if (block == nullptr) return nullptr;
  // All of the block may be used, and 0 means something else.
  block->size = codec::block_cache::rounded(sizeof(head) + size) - sizeof(head);
  return block + 1;
}

void* memory_pool::allocate_zeroed(std::size_t count, std::size_t size) noexcept {
  if (size != 0 && count > (SIZE_MAX - sizeof(head)) / size) return nullptr;
  const std::size_t bytes = count * size;
  if (bytes <= small_max) {
    void* block = allocate(bytes);
    return block == nullptr ? nullptr : std::memset(block, 0, bytes);
  }
  if (bytes >= table_min && pair_ == nullptr) {
    if (void* table = map_pair(bytes)) return table;
  }
  auto* block = static_cast<head*>(std::calloc(1, sizeof(head) + bytes));
  if (block == nullptr) return nullptr;
  block->size = bytes;
  return block + 1;
}

void memory_pool::unmap::operator()(std::byte* pages) const noexcept {
  ::munmap(pages, size);
}

/// The table; null when there are no pages to be had.
void* memory_pool::map_pair(std::size_t table_size) noexcept {
  constexpr std::size_t front = sizeof(head) + buffer_room + sizeof(head);
  if (table_size > SIZE_MAX - front) return nullptr;
  void* const pages = ::mmap(nullptr, front + table_size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return nullptr;
  pair_ = {static_cast<std::byte*>(pages), unmap{front + table_size}};
  table_size_ = table_size;
  buffer_free_ = true;
  return pair_.get() + front;
}

void* memory_pool::allocate_large(std::size_t size) noexcept {
  head* block = nullptr;
  if (buffer_free_ && size >= buffer_min && size <= buffer_room) {
    buffer_free_ = false;
    block = reinterpret_cast<head*>(pair_.get());
  } else {
    if (size > SIZE_MAX - sizeof(head)) return nullptr;
    block = static_cast<head*>(std::malloc(sizeof(head) + size));
  }
  if (block == nullptr) return nullptr;
  block->size = size;
  return block + 1;
}

void memory_pool::release_large(head* block) noexcept {
  if (block->size == 0) return;  // the table of the pair
  if (reinterpret_cast<std::byte*>(block) == pair_.get()) {
    buffer_free_ = true;
  } else {
    std::free(block);
  }
}

void memory_pool::release(void* freed) noexcept {
  if (freed == nullptr) return;
  head* const block = static_cast<head*>(freed) - 1;
  if (block->size == 0 || block->size > small_max) return release_large(block);
  codec::give_block_inline(block, sizeof(head) + block->size);
}

void* memory_pool::resize(void* block, std::size_t size) noexcept {
  std::size_t old_size = block == nullptr ? 0 : (static_cast<head*>(block) - 1)->size;
  if (block != nullptr && old_size == 0) old_size = table_size_;
  if (block != nullptr && size <= old_size) return block;
  void* bigger = allocate(size);
  if (bigger == nullptr || block == nullptr) return bigger;
  std::memcpy(bigger, block, old_size);
  release(block);
  return bigger;
}

}  // namespace grpcwire::transport
