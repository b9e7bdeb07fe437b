#include "message_pieces.hpp"

#include <cassert>
#include <utility>

namespace grpcwire::codec {
namespace {

// Fewer bytes are not worth that a whole block is kept for them.
constexpr std::size_t referred_min = 8192;

}  // namespace

std::size_t message_view::size() const noexcept {
  std::size_t size = whole.size();
  for (const const_bytes piece : pieces) size += piece.size();
  return size;
}

void message_view::append_to(buffer& to) const {
  to.reserve(to.size() + size());
  to.append(whole);
  for (const const_bytes piece : pieces) to.append(piece);
}

void message_pieces::add(const_bytes bytes, input_block& block) {
  if (bytes.empty()) return;
  assert(block.contains(bytes));
  const bool kept = !blocks_.empty() && blocks_.back().get() == &block;
  if (!kept && bytes.size() < referred_min) return add_copy(bytes, bytes.size());
  if (!kept) blocks_.emplace_back(block);
  pieces_.push_back(bytes);
  size_ += bytes.size();
  copied_last_ = false;
}

void message_pieces::add_copy(const_bytes bytes, std::size_t missing) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  if (copied_last_ && copies_.back().capacity() - copies_.back().size() >= bytes.size()) {
    copies_.back().append(bytes);
    pieces_.back() = {pieces_.back().data(), pieces_.back().size() + bytes.size()};
    return;
  }
  buffer copy;
  copy.reserve(std::max(bytes.size(), std::min(missing, input_block::size)));
  copy.append(bytes);
  pieces_.push_back(copy.view());
  copies_.push_back(std::move(copy));
  copied_last_ = true;
}

void message_pieces::add(buffer&& bytes) {
  size_ += bytes.size();
  if (bytes.empty()) return;
  pieces_.push_back(bytes.view());
  copies_.push_back(std::move(bytes));
  copied_last_ = true;
}

void message_pieces::clear() noexcept {
  pieces_.clear();
  blocks_.clear();
  copies_.clear();
  copied_last_ = false;
  size_ = 0;
}

std::size_t message_pieces::held_memory() const noexcept {
  std::size_t referred = size_;
  std::size_t copied = 0;
  for (const buffer& copy : copies_) {
    referred -= copy.size();
    copied += copy.capacity();
  }
  return referred + copied;
}

}  // namespace grpcwire::codec
