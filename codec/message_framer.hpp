// Length-prefixed messages: a flag byte, four bytes of length, the payload (gRPC
// doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message"). Where DATA frames end does not matter.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/message_pieces.hpp>

namespace grpcwire::codec {

inline constexpr std::size_t message_prefix_size = 5;

/// Writes the five bytes that go before a message of `length` bytes.
inline void write_prefix(std::uint8_t* out5, bool compressed, std::uint32_t length) noexcept {
  out5[0] = compressed ? 1 : 0;
  out5[1] = static_cast<std::uint8_t>(length >> 24);
  out5[2] = static_cast<std::uint8_t>(length >> 16);
  out5[3] = static_cast<std::uint8_t>(length >> 8);
  out5[4] = static_cast<std::uint8_t>(length);
}

enum class framer_result : std::uint8_t {
  message,    ///< payload(), compressed() and take() are about a whole message
  need_more,  ///< everything fed was absorbed
  bad_flag,   ///< flag() is neither 0 nor 1: INTERNAL
  too_large,  ///< declared_length() is above the limit: RESOURCE_EXHAUSTED
};

/// Cuts a stream of bytes into messages. Feed a piece, then call next() until it needs more; only
/// then feed the next piece, and only until then need the bytes stay valid. An error is final.
class message_framer {
 public:
  /// `max_message_size` counts payload bytes as they are on the wire.
  explicit message_framer(std::size_t max_message_size) noexcept : limit_(max_message_size) {}

  /// Precondition: next() has returned need_more, or was never called. Ignored after an error.
  /// With the block that the bytes lie in, a large message is not collected: it stays in pieces.
  void feed(const_bytes bytes, input_block* block = nullptr) noexcept {
    assert((input_.empty() || failed()) && "feed() before next() said need_more");
    input_ = bytes;
    block_ = block;
  }

  framer_result next() {
    if (idle()) return framer_result::need_more;
    // Nearly every message lies whole in one piece: no copy, no state, no call.
    if (received_ == 0 && input_.size() >= message_prefix_size && !in_pieces_) [[likely]] {
      read_prefix(input_.data());
      if (flag_ <= 1 && length_ <= limit_ && length_ <= input_.size() - message_prefix_size) {
        assembled_ = false;
        payload_ = input_.subspan(message_prefix_size, length_);
        input_ = input_.subspan(message_prefix_size + length_);
        return framer_result::message;
      }
    }
    return next_in_pieces();
  }

  /// True when there is nothing to be cut: next() would say need_more.
  bool idle() const noexcept {
    return input_.empty() && received_ == 0 && !assembled_ && !in_pieces_ && !failed();
  }

  /// The message: a view into the bytes fed or into this object, valid until feed() or next().
  /// Empty when it is in pieces.
  const_bytes payload() const noexcept { return payload_; }
  /// Null when the message is not in pieces.
  const message_pieces* pieces() const noexcept { return in_pieces_ ? pieces_.get() : nullptr; }
  /// The same bytes as an owner: moved out if they were collected here, otherwise copied. Call it
  /// once per message; payload() is empty afterwards.
  buffer take();

  /// Of the last message, of the one in progress or of the one that failed.
  bool compressed() const noexcept { return flag_ == 1; }
  std::uint8_t flag() const noexcept { return flag_; }
  std::uint32_t declared_length() const noexcept { return length_; }

  /// True when the end of the stream would cut a message now. Ask after need_more.
  bool mid_message() const noexcept { return received_ != 0 && !failed(); }

  /// How many bytes the prefix or payload in progress still lacks; 0 between messages. So much the
  /// peer must be allowed to send, or a message larger than the window waits forever.
  std::size_t expected_bytes() const noexcept;

  /// How many bytes of the payload in progress were collected.
  std::size_t collected_bytes() const noexcept {
    return received_ == message_prefix_size && !failed() ? collected() : 0;
  }

  /// Bytes of memory held for a message in progress: what has arrived, up to twice that or 64 KiB.
  std::size_t held_memory() const noexcept {
    return assembly_.capacity() + (pieces_ ? pieces_->held_memory() : 0);
  }

 private:
  bool failed() const noexcept { return failure_ != framer_result::need_more; }

  void read_prefix(const std::uint8_t* from) noexcept {
    flag_ = from[0];
    length_ = std::uint32_t{from[1]} << 24 | std::uint32_t{from[2]} << 16 |
              std::uint32_t{from[3]} << 8 | std::uint32_t{from[4]};
  }

  framer_result next_in_pieces();
  framer_result fail(framer_result why) noexcept;
  void collect(const_bytes bytes);
  std::size_t collected() const noexcept {
    return assembly_.size() + (pieces_ ? pieces_->size() : 0);
  }
  const_bytes cut_input(std::size_t size) noexcept;

  const_bytes input_;             // fed, not yet absorbed
  input_block* block_ = nullptr;  // that it lies in
  const_bytes payload_;           // the message next() has just returned
  std::size_t limit_;
  buffer assembly_;                         // the payload of a message that came in pieces
  std::unique_ptr<message_pieces> pieces_;  // … or of a large one
  std::uint32_t length_ = 0;                // as the last prefix said
  std::array<std::uint8_t, message_prefix_size> prefix_{};
  std::uint8_t received_ = 0;  // bytes of the prefix in progress; 5 while its payload is
  std::uint8_t flag_ = 0;
  bool assembled_ = false;                            // payload_ is in assembly_
  bool in_pieces_ = false;                            // the message is in pieces_
  framer_result failure_ = framer_result::need_more;  // none
};

}  // namespace grpcwire::codec
