// Where a connection reads to when a large message is under way. Its pieces stay where they were
// read to until the message is whole and can be parsed: they are never gathered.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::codec {

class input_block_ref;

/// A call may drop its last reference on another thread than the one that reads into the block.
class input_block {
 public:
  static constexpr std::size_t size = 64 * 1024;
  std::array<std::uint8_t, size> bytes;  // uninitialised on purpose

  bool contains(const_bytes part) const noexcept {
    return part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + size;
  }

 private:
  friend class input_block_ref;
  input_block() noexcept {}

  std::atomic<std::uint32_t> users_ = 1;
};

/// Keeps a block.
class input_block_ref {
 public:
  input_block_ref() noexcept = default;
  explicit input_block_ref(input_block& of) noexcept : block_(&of) {
    of.users_.fetch_add(1, std::memory_order_relaxed);
  }
  input_block_ref(input_block_ref&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)) {}
  input_block_ref& operator=(input_block_ref&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~input_block_ref() {
    if (block_ != nullptr && block_->users_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete block_;
    }
  }

  static input_block_ref make() {
    input_block_ref made;
    made.block_ = new input_block;
    return made;
  }

  input_block* get() const noexcept { return block_; }
  /// Nobody else keeps it: it may be written to.
  bool alone() const noexcept { return block_->users_.load(std::memory_order_acquire) == 1; }

 private:
  input_block* block_ = nullptr;
};

}  // namespace grpcwire::codec
