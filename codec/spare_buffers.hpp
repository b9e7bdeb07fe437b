// Large buffers that are used again. malloc gives such memory back to the system as soon as it is
// free, and to take it anew costs a page fault for each 4 KiB: more than to fill it.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::codec {

/// Where memory for a message that is to be sent may come from.
class buffer_source {
 public:
  /// An empty buffer, with memory for so many bytes or with none.
  virtual buffer take(std::size_t size) = 0;

 protected:
  ~buffer_source() = default;
};

/// One that asks a function.
template <class Take>
class buffer_source_of final : public buffer_source {
 public:
  explicit buffer_source_of(Take take) : take_(std::move(take)) {}
  buffer take(std::size_t size) override { return take_(size); }

 private:
  Take take_;
};

/// Of one connection. What is too small to matter is freed, and so is what would be too much.
class spare_buffers {
 public:
  static constexpr std::size_t size_min = 16 * 1024;
  /// Of all together. A message of 1 MiB is written while the one before is sent: with room.
  static constexpr std::size_t kept_max = 4U << 20;
  /// So many of the smallest ones are on their way out at a time.
  static constexpr std::size_t count_max = 16;

  bool empty() const noexcept { return kept_.empty(); }
  std::size_t kept_bytes() const noexcept { return kept_bytes_; }

  /// An empty buffer; without memory when there is none to spare for so many bytes.
  buffer take(std::size_t size) noexcept {
    if (size < size_min) return {};
    // The last one is the warmest. Not one that is much larger: it would be missed elsewhere.
    for (std::size_t i = kept_.size(); i-- != 0;) {
      if (kept_[i].capacity() < size || kept_[i].capacity() / 4 > size) continue;
      buffer taken = std::move(kept_[i]);
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
      kept_bytes_ -= taken.capacity();
      return taken;
    }
    return {};
  }

  void give(buffer&& used) {
    const std::size_t size = used.capacity();
    if (size < size_min || size > kept_max) return;
    while (kept_bytes_ + size > kept_max || kept_.size() == count_max) {
      kept_bytes_ -= kept_.front().capacity();
      kept_.erase(kept_.begin());
    }
    kept_.push_back(std::move(used));
    kept_.back().clear();
    kept_bytes_ += size;
  }

  void clear() noexcept {
    std::vector<buffer>().swap(kept_);
    kept_bytes_ = 0;
  }

 private:
  std::vector<buffer> kept_;  // the oldest first
  std::size_t kept_bytes_ = 0;
};

}  // namespace grpcwire::codec
