// Bytes on their way out: small frames gathered into one block, large payloads by reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/spare_buffers.hpp>

namespace grpcwire::transport {

/// blocks() stay where they are until the next append(), so append only while nobody writes them.
class output_queue {
 public:
  /// Payloads from this size on are worth a block of their own in a gather write.
  static constexpr std::size_t by_reference_min = 4096;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// Copies. `more` follows at once: a payload behind the head of its frame.
  void append(codec::const_bytes bytes, codec::const_bytes more = {}) {
    if (!bytes.empty() || !more.empty()) copy(bytes, more);
  }

  /// Keeps only the view: its owner must live until it is consumed, see retire().
  void append_reference(codec::const_bytes bytes);

  /// Takes the owner of bytes that were appended by reference; it is freed when all that is in the
  /// queue now has been consumed.
  void retire(codec::buffer&& owner);

  /// All bytes, in order; at most `block_count_max` blocks.
  std::span<const codec::const_bytes> blocks();
  static constexpr std::size_t block_count_max = 64;

  /// The blocks move. Owners that are not needed any more go to `spares`; null: they are freed.
  void consume(std::size_t size, codec::spare_buffers* spares = nullptr);

  /// Bytes of memory for what was copied.
  std::size_t held_memory() const noexcept {
    return copied_.capacity() + segments_.capacity() * sizeof(segment);
  }

 private:
  struct segment {
    const std::uint8_t* reference;  // null: `offset` counts in copied_
    std::size_t offset;
    std::size_t size;
  };
  struct retired {
    std::uint64_t until;  // position of the stream of bytes
    codec::buffer owner;
  };

  void copy(codec::const_bytes bytes, codec::const_bytes more);
  void compact();

  codec::buffer copied_;
  std::vector<segment> segments_;
  std::size_t first_ = 0;  // first segment that is not consumed
  std::vector<retired> retired_;
  std::vector<codec::const_bytes> blocks_;
  std::size_t size_ = 0;
  std::uint64_t appended_ = 0;  // bytes since the beginning
};

}  // namespace grpcwire::transport
