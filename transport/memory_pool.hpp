// Memory for the many small objects that nghttp2 makes and frees for each stream and header field.
// Private to transport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace grpcwire::transport {

/// Small blocks are those that the thread keeps, so that many connections, one after the other, use
/// the same memory. Of one session, without locks. All blocks must have come back before it ends.
class memory_pool {
 public:
  memory_pool() = default;
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
  /// In front of each block.
  struct alignas(std::max_align_t) head {
    std::size_t size;  // of what follows; 0: the table of the pair
  };
  static constexpr std::size_t small_max = 512 - sizeof(head);

  void* map_pair(std::size_t table_size) noexcept;
  void* allocate_large(std::size_t size) noexcept;
  void release_large(head* block) noexcept;

  // A session begins with a table and a buffer for frames, which an idle connection hardly touches.
  // They get pages of their own, which do not exist until they are used (malloc's would, or be
  // shared with what is used, and zeros would have to be written). The buffer comes first. In front
  // of the table is a head of zeros, which is never written.
  struct unmap {
    std::size_t size;
    void operator()(std::byte* pages) const noexcept;
  };
  static constexpr std::size_t table_min = 4096;
  static constexpr std::size_t buffer_min = 8 * 1024;
  static constexpr std::size_t buffer_room = 16 * 1024 + 64;  // the head is not counted
  std::unique_ptr<std::byte, unmap> pair_{nullptr, unmap{0}};
  std::size_t table_size_ = 0;
  bool buffer_free_ = false;
};

}  // namespace grpcwire::transport
