// Blocks that a connection reads to while a large message comes in, one after the other.
#pragma once

#include <cstddef>
#include <vector>

#include <grpcwire/codec/input_block.hpp>

namespace grpcwire::transport {

/// Those that no message refers to any more are used again.
class input_blocks {
 public:
  /// That many at a time; what is beyond is copied. A peer can make a piece of 8 KiB keep a whole
  /// block: this bounds what it gets, to no more than it could have in the connection's window.
  static constexpr std::size_t count_max = 64;

  /// One to read to; null when too many are in use.
  codec::input_block* take();
  /// Frees those that are not in use.
  void clear() noexcept;

  bool empty() const noexcept { return blocks_.empty(); }
  std::size_t held_bytes() const noexcept { return blocks_.size() * codec::input_block::size; }

 private:
  std::vector<codec::input_block_ref> blocks_;
  std::size_t last_ = 0;
};

}  // namespace grpcwire::transport
