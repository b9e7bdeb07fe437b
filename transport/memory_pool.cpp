#include "memory_pool.hpp"

#include <cstdlib>
#include <cstring>
#include <utility>

namespace grpcwire::transport {

memory_pool::~memory_pool() {
  for (head* first : kept_) {
    while (first != nullptr) std::free(std::exchange(first, first->next));
  }
}

void* memory_pool::allocate(std::size_t size) noexcept {
  const std::size_t index = size == 0 ? 0 : (size - 1) / step;
  head* block = nullptr;
  if (index < class_count) {
    size = (index + 1) * step;
    block = kept_[index];
    if (block != nullptr) {
      kept_[index] = block->next;
      kept_bytes_ -= size;
      return block + 1;
    }
  }
  if (size > SIZE_MAX - sizeof(head)) return nullptr;
  block = static_cast<head*>(std::malloc(sizeof(head) + size));
  if (block == nullptr) return nullptr;
  block->size = size;
  return block + 1;
}

void* memory_pool::allocate_zeroed(std::size_t count, std::size_t size) noexcept {
  if (size != 0 && count > (SIZE_MAX - sizeof(head)) / size) return nullptr;
  const std::size_t bytes = count * size;
  if (bytes <= class_count * step) {
    void* block = allocate(bytes);
    return block == nullptr ? nullptr : std::memset(block, 0, bytes);
  }
  auto* block = static_cast<head*>(std::calloc(1, sizeof(head) + bytes));
  if (block == nullptr) return nullptr;
  block->size = bytes;
  return block + 1;
}

void memory_pool::release(void* freed) noexcept {
  if (freed == nullptr) return;
  head* block = static_cast<head*>(freed) - 1;
  const std::size_t index = (block->size - 1) / step;
  if (index >= class_count || kept_bytes_ + block->size > kept_max) return std::free(block);
  kept_bytes_ += block->size;
  block->next = std::exchange(kept_[index], block);
}

void* memory_pool::resize(void* block, std::size_t size) noexcept {
  const std::size_t old_size = block == nullptr ? 0 : (static_cast<head*>(block) - 1)->size;
  if (block != nullptr && size <= old_size) return block;
  void* bigger = allocate(size);
  if (bigger == nullptr || block == nullptr) return bigger;
  std::memcpy(bigger, block, old_size);
  release(block);
  return bigger;
}

}  // namespace grpcwire::transport
