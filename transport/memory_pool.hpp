// Memory for the many small objects that nghttp2 makes and frees for each stream and header field.
// Private to transport.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace grpcwire::transport {

/// Keeps blocks that were freed, by size, and hands them out again. Of one session, without locks.
/// All blocks must have come back before it ends.
class memory_pool {
 public:
  memory_pool() = default;
  ~memory_pool();
  memory_pool(const memory_pool&) = delete;
  memory_pool& operator=(const memory_pool&) = delete;

  /// Null when there is no memory, as malloc() does.
  void* allocate(std::size_t size) noexcept;
  /// As calloc() does: large blocks are new memory, which costs nothing before it is used.
  void* allocate_zeroed(std::size_t count, std::size_t size) noexcept;
  /// Takes null as well.
  void release(void* block) noexcept;
  /// As realloc() does.
  void* resize(void* block, std::size_t size) noexcept;

 private:
  static constexpr std::size_t step = 32;  // sizes of kept blocks are multiples of it
  static constexpr std::size_t class_count = 16;
  static constexpr std::size_t kept_max = 64 * 1024;  // bytes, of all sizes together

  /// In front of each block; while the block is kept, it leads to the next one.
  struct alignas(std::max_align_t) head {
    head* next;
    std::size_t size;  // of what follows
  };

  std::array<head*, class_count> kept_{};
  std::size_t kept_bytes_ = 0;
};

}  // namespace grpcwire::transport
