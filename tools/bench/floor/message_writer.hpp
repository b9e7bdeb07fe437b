// Messages of a stream on their way out. Each is serialized once and stays where it is until the
// output that points to it is written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <google/protobuf/message_lite.h>

#include "wire.hpp"

namespace bench_floor {

class message_writer {
 public:
  static constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t wanted = 0;  ///< messages that are still to be begun
  bool finish = false;       ///< no more will be wanted
  bool deferred = false;     ///< nghttp2 waits to be told of more

  /// Nothing of a message is left, and none is wanted.
  bool dry() const noexcept { return sent_ == size() && wanted == 0; }
  bool at_end() const noexcept { return dry() && finish; }

  /// How many bytes the next DATA frame takes; begins a message when it must.
  std::size_t prepare(std::size_t most, const google::protobuf::MessageLite& message) {
    if (sent_ == size()) {
      if (size() != 0) ++current_;
      if (current_ == slots_.size()) slots_.emplace_back();
      serialize(message, slots_[current_]);
      sent_ = 0;
      if (wanted != endless) --wanted;
    }
    return std::min(most, size() - sent_);
  }
  /// Nothing follows a frame of this size.
  bool ends_with(std::size_t length) const noexcept {
    return finish && wanted == 0 && sent_ + length == size();
  }
  /// The bytes of that frame.
  bytes_view take(std::size_t length) {
    const bytes_view part = bytes_view(slots_[current_]).subspan(sent_, length);
    sent_ += length;
    return part;
  }
  /// All that was taken is written.
  void written() {
    if (current_ == 0) return;
    std::swap(slots_.front(), slots_[current_]);
    current_ = 0;
  }

 private:
  std::size_t size() const noexcept { return slots_.empty() ? 0 : slots_[current_].size(); }

  std::vector<std::vector<std::uint8_t>> slots_;
  std::size_t current_ = 0;
  std::size_t sent_ = 0;
};

}  // namespace bench_floor
