// A large message that has come in pieces: most of them stay in the blocks that they were read to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/input_block.hpp>

namespace grpcwire::codec {

/// The payload of a message, in one piece or in several. A view.
struct message_view {
  explicit(false) message_view(const_bytes bytes) noexcept : whole(bytes) {}
  explicit(false) message_view(const buffer& bytes) noexcept : whole(bytes.view()) {}
  explicit message_view(std::span<const const_bytes> p) noexcept : pieces(p) {}

  const_bytes whole;  // empty when it is in pieces
  std::span<const const_bytes> pieces;

  std::size_t size() const noexcept;
  /// Behind what `to` has.
  void append_to(buffer& to) const;
  buffer copy() const {
    buffer bytes;
    append_to(bytes);
    return bytes;
  }
};

/// In one piece; in `room` if it was in several.
inline const_bytes gathered(const message_view& message, buffer& room) {
  if (message.pieces.empty()) return message.whole;
  message.append_to(room);
  return room;
}

class message_pieces {
 public:
  /// Refers to `bytes`, which lie in `block`, unless they are so few that copying costs less
  /// memory.
  void add(const_bytes bytes, input_block& block);
  /// `missing`: how much of the message is to come, with these.
  void add_copy(const_bytes bytes, std::size_t missing);
  /// What was collected before there were pieces.
  void add(buffer&& bytes);
  void clear() noexcept;

  std::size_t size() const noexcept { return size_; }
  message_view view() const noexcept { return message_view(std::span(pieces_)); }
  /// Bytes of memory, of blocks only what is referred to.
  std::size_t held_memory() const noexcept;

 private:
  std::vector<const_bytes> pieces_;
  std::vector<input_block_ref> blocks_;  // one after the other, as they were read to
  std::vector<buffer> copies_;
  bool copied_last_ = false;  // the last piece is the end of the last of copies_
  std::size_t size_ = 0;
};

}  // namespace grpcwire::codec
