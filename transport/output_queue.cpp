#include "output_queue.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace grpcwire::transport {
namespace {
constexpr std::size_t kept_capacity = 16 * 1024;  // of an idle connection
}

void output_queue::copy(codec::const_bytes bytes, codec::const_bytes more) {
  const std::size_t size = bytes.size() + more.size();
  const std::size_t offset = copied_.size();
  copied_.resize(offset + size);
  std::uint8_t* const to = copied_.data() + offset;
  // memcpy() wants pointers even for nothing.
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  if (!more.empty()) std::memcpy(to + bytes.size(), more.data(), more.size());
  size_ += size;
  appended_ += size;
  if (segments_.size() > first_ && segments_.back().reference == nullptr) {
    segments_.back().size += size;
  } else {
    segments_.push_back({nullptr, offset, size});
  }
}

void output_queue::append_reference(codec::const_bytes bytes) {
  if (bytes.empty()) return;
  segments_.push_back({bytes.data(), 0, bytes.size()});
  size_ += bytes.size();
  appended_ += bytes.size();
}

void output_queue::retire(codec::buffer&& owner) {
  if (!empty()) retired_.push_back({appended_, std::move(owner)});
}

std::span<const codec::const_bytes> output_queue::blocks() {
  blocks_.clear();
  const std::size_t end = std::min(segments_.size(), first_ + block_count_max);
  for (std::size_t i = first_; i < end; ++i) {
    const segment& s = segments_[i];
    const std::uint8_t* data = s.reference != nullptr ? s.reference : copied_.data() + s.offset;
    blocks_.emplace_back(data, s.size);
  }
  return blocks_;
}

void output_queue::consume(std::size_t size, codec::spare_buffers* spares) {
  assert(size <= size_);
  size_ -= size;
  while (size != 0) {
    segment& s = segments_[first_];
    const std::size_t part = std::min(size, s.size);
    size -= part;
    s.size -= part;
    if (s.reference != nullptr) {
      s.reference += part;
    } else {
      s.offset += part;
    }
    if (s.size == 0) ++first_;
  }
  const std::uint64_t consumed = appended_ - size_;
  auto kept = retired_.begin();
  for (; kept != retired_.end() && kept->until <= consumed; ++kept) {
    if (spares != nullptr) spares->give(std::move(kept->owner));
  }
  retired_.erase(retired_.begin(), kept);
  if (size_ != 0) return compact();
  segments_.clear();
  first_ = 0;
  if (copied_.capacity() > kept_capacity) {
    copied_ = codec::buffer();
  } else {
    copied_.clear();
  }
}

/// A slow connection may never be empty: what was consumed must not stay for that long.
void output_queue::compact() {
  if (first_ > block_count_max && first_ > segments_.size() / 2) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  const auto copy = std::find_if(segments_.begin() + static_cast<std::ptrdiff_t>(first_),
                                 segments_.end(), [](const segment& s) { return !s.reference; });
  const std::size_t used = copy == segments_.end() ? copied_.size() : copy->offset;
  if (used < kept_capacity || used < copied_.size() / 2) return;
  const std::size_t kept = copied_.size() - used;
  if (kept != 0) std::memmove(copied_.data(), copied_.data() + used, kept);
  copied_.resize(kept);
  for (std::size_t i = first_; i < segments_.size(); ++i) {
    if (segments_[i].reference == nullptr) segments_[i].offset -= used;
  }
}

}  // namespace grpcwire::transport
