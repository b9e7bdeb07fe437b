#include "message_framer.hpp"

#include <algorithm>
#include <utility>

namespace grpcwire::codec {
namespace {

// So much is reserved on the word of a prefix alone, and kept between messages.
constexpr std::size_t small_message = 64 * 1024;
// Messages of fewer bytes are collected: that is cheaper than to parse one in pieces.
constexpr std::size_t in_pieces_min = 32 * 1024;

}  // namespace

buffer message_framer::take() {
  const const_bytes message = std::exchange(payload_, {});
  if (std::exchange(in_pieces_, false)) {
    buffer whole = pieces_->view().copy();
    pieces_.reset();
    return whole;
  }
  if (!std::exchange(assembled_, false)) return buffer(message);
  return std::move(assembly_);
}

std::size_t message_framer::expected_bytes() const noexcept {
  if (!mid_message()) return 0;
  if (received_ < message_prefix_size) return message_prefix_size - received_;
  return length_ - collected();
}

framer_result message_framer::next_in_pieces() {
  if (failed()) return failure_;
  payload_ = {};
  assembled_ = false;
  if (std::exchange(in_pieces_, false)) pieces_->clear();

  if (received_ < message_prefix_size) {
    const const_bytes part = cut_input(message_prefix_size - received_);
    std::copy(part.begin(), part.end(), prefix_.begin() + received_);
    received_ = static_cast<std::uint8_t>(received_ + part.size());
    if (received_ < message_prefix_size) {
      // A quiet stream must not hold on to the memory of its largest message.
      if (received_ == 0 && assembly_.capacity() > small_message) assembly_ = buffer();
      if (received_ == 0) pieces_.reset();
      return framer_result::need_more;
    }
    read_prefix(prefix_.data());
    if (flag_ > 1) return fail(framer_result::bad_flag);
    if (length_ > limit_) return fail(framer_result::too_large);
    assembly_.clear();
    if (length_ <= input_.size()) {
      payload_ = cut_input(length_);
      received_ = 0;
      return framer_result::message;
    }
  }

  collect(cut_input(length_ - collected()));
  if (collected() < length_) return framer_result::need_more;
  received_ = 0;
  if (pieces_ && pieces_->size() != 0) {
    in_pieces_ = true;
    return framer_result::message;
  }
  payload_ = assembly_.view();
  assembled_ = true;
  return framer_result::message;
}

framer_result message_framer::fail(framer_result why) noexcept {
  failure_ = why;
  assembly_ = buffer();
  pieces_.reset();
  return why;
}

/// Doubles the memory up to the declared length: it follows what has arrived, and each byte is
/// moved about once however small the pieces are.
void message_framer::collect(const_bytes bytes) {
  if (block_ != nullptr && length_ >= in_pieces_min) {
    if (!pieces_) pieces_ = std::make_unique<message_pieces>();
    if (!assembly_.empty()) pieces_->add(std::exchange(assembly_, {}));
    return pieces_->add(bytes, *block_);
  }
  if (pieces_ && pieces_->size() != 0) return pieces_->add_copy(bytes, length_ - pieces_->size());
  const std::size_t needed = assembly_.size() + bytes.size();
  if (needed > assembly_.capacity()) {
    const std::size_t doubled = std::max(small_message, 2 * assembly_.capacity());
    assembly_.reserve(std::max(needed, std::min<std::size_t>(length_, doubled)));
  }
  assembly_.append(bytes);
}

const_bytes message_framer::cut_input(std::size_t size) noexcept {
  const const_bytes part = input_.first(std::min(size, input_.size()));
  input_ = input_.subspan(part.size());
  return part;
}

}  // namespace grpcwire::codec
