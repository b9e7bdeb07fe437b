// Views of bytes and an owned block of them. Nothing here knows a protocol.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <grpcwire/codec/recycled_memory.hpp>

namespace grpcwire::codec {

/// A view of bytes that somebody else owns.
using const_bytes = std::span<const std::uint8_t>;

inline const_bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(const_bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// An owned, growing block of bytes. Move-only, so that a message is never copied by accident;
/// new space is not zeroed, because it is always written before it is read. Small ones are recycled
/// memory.
class buffer {
 public:
  buffer() noexcept = default;
  explicit buffer(std::size_t size) { resize(size); }
  explicit buffer(const_bytes bytes) { append(bytes); }

  buffer(buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  buffer& operator=(buffer&& other) noexcept {
    if (this == &other) return *this;
    if (data_ != nullptr) give_block(data_, capacity_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  ~buffer() {
    if (data_ != nullptr) give_block(data_, capacity_);
  }

  std::uint8_t* data() noexcept { return data_; }
  const std::uint8_t* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  const_bytes view() const noexcept { return {data_, size_}; }
  operator const_bytes() const noexcept { return view(); }

  /// Keeps the capacity.
  void clear() noexcept { size_ = 0; }

  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }

  /// New bytes are uninitialised.
  void resize(std::size_t size) {
    if (size > capacity_) grow(size > 2 * capacity_ ? size : 2 * capacity_);
    size_ = size;
  }

  /// `bytes` must not be part of this buffer.
  void append(const_bytes bytes) {
    if (bytes.empty()) return;
    const std::size_t old_size = size_;
    resize(size_ + bytes.size());
    std::memcpy(data_ + old_size, bytes.data(), bytes.size());
  }
  void append(std::string_view text) { append(as_bytes(text)); }

 private:
  void grow(std::size_t capacity) {
    auto* const bigger = static_cast<std::uint8_t*>(take_block(capacity));
    if (size_ != 0) std::memcpy(bigger, data_, size_);
    if (data_ != nullptr) give_block(data_, capacity_);
    data_ = bigger;
    capacity_ = capacity;
  }

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// A few messages, in recycled memory.
using buffer_list = std::vector<buffer, recycling_allocator<buffer>>;

/// Copies of short texts that all live until clear(). Their addresses never change.
class text_arena {
 public:
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    char* to = take(text.size());
    std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }

  /// Keeps one chunk, as large as the texts of this round needed, so that a steady load costs no
  /// allocation; but not for ever, and no more than is usual for a full read buffer.
  void clear() noexcept {
    const bool too_large = !chunks_.empty() && chunks_.back().size > chunk_size &&
                           filled_ + used_ < chunks_.back().size / 4;
    if (chunks_.size() > 1 || too_large) {
      wanted_ = std::min(filled_ + used_, kept_max);
      chunks_.clear();
    }
    filled_ = 0;
    used_ = 0;
  }

 private:
  static constexpr std::size_t chunk_size = 4096;
  static constexpr std::size_t kept_max = 64 * 1024;
  struct chunk {
    std::unique_ptr<char[]> data;
    std::size_t size;
  };

  char* take(std::size_t size) {
    if (chunks_.empty() || chunks_.back().size - used_ < size) [[unlikely]] {
      const std::size_t room = std::max({size, chunk_size, wanted_});
      chunks_.push_back({std::make_unique_for_overwrite<char[]>(room), room});
      filled_ += used_;
      used_ = 0;
      wanted_ = 0;
    }
    char* taken = chunks_.back().data.get() + used_;
    used_ += size;
    return taken;
  }

  std::vector<chunk> chunks_;
  std::size_t used_ = 0;    // of the last chunk
  std::size_t filled_ = 0;  // of those before it
  std::size_t wanted_ = 0;  // the size of the first chunk of the next round
};

}  // namespace grpcwire::codec
