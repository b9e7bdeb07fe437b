// Messages of a stream out of pieces of DATA. They are parsed where they were read to: a block of
// input is kept while a message that is not complete has a part in it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <google/protobuf/io/zero_copy_stream.h>
#include <google/protobuf/message_lite.h>

#include "wire.hpp"

namespace bench_floor {

struct input_block {
  std::array<std::uint8_t, read_size> bytes;
  unsigned users = 0;
};

/// Where sockets are read to, one after the other.
class input_blocks {
 public:
  /// Nobody uses it.
  input_block& current() {
    if (current_->users != 0) next();
    return *current_;
  }
  void use() noexcept { ++current_->users; }
  input_block* in_use() noexcept { return current_.get(); }
  void release(input_block* block) noexcept { --block->users; }

 private:
  void next() {
    kept_.push_back(std::move(current_));
    const auto free = std::find_if(kept_.begin(), kept_.end(),
                                   [](const auto& block) { return block->users == 0; });
    if (free == kept_.end()) {
      current_ = std::make_unique<input_block>();
    } else {
      current_ = std::move(*free);
      *free = std::move(kept_.back());
      kept_.pop_back();
    }
  }

  std::unique_ptr<input_block> current_ = std::make_unique<input_block>();
  std::vector<std::unique_ptr<input_block>> kept_;
};

class message_reader {
 public:
  /// Parses every message that is complete with `piece`, into `message`, and calls on_message() for
  /// each. False when something is wrong with one.
  template <class OnMessage>
  bool add(bytes_view piece, input_blocks& blocks, google::protobuf::MessageLite& message,
           OnMessage&& on_message) {
    for (;;) {
      if (prefix_filled_ < prefix_size) {
        const std::size_t part = std::min(prefix_size - prefix_filled_, piece.size());
        std::copy_n(piece.begin(), part,
                    prefix_.begin() + static_cast<std::ptrdiff_t>(prefix_filled_));
        prefix_filled_ += part;
        piece = piece.subspan(part);
        if (prefix_filled_ < prefix_size) return true;
        missing_ = declared_length(prefix_);
        if (prefix_[0] != 0 || missing_ > message_size_max) return false;
      }
      const bytes_view part = piece.first(std::min(missing_, piece.size()));
      piece = piece.subspan(part.size());
      missing_ -= part.size();
      if (missing_ != 0) {
        keep(part, blocks);
        return true;
      }
      if (!parse(part, blocks, message)) return false;
      prefix_filled_ = 0;
      on_message();
      if (piece.empty()) return true;
    }
  }

  /// Lets go of what there is of a message.
  void reset(input_blocks& blocks) {
    for (const fragment& f : fragments_) blocks.release(f.block);
    fragments_.clear();
    prefix_filled_ = 0;
  }

 private:
  struct fragment {
    input_block* block;
    bytes_view bytes;
  };

  class fragment_stream final : public google::protobuf::io::ZeroCopyInputStream {
   public:
    explicit fragment_stream(const std::vector<fragment>& from) : from_(from) {}
    bool Next(const void** data, int* size) override {
      if (at_ == from_.size()) return false;
      const bytes_view bytes = from_[at_++].bytes.subspan(skipped_);
      skipped_ = 0;
      *data = bytes.data();
      *size = static_cast<int>(bytes.size());
      count_ += static_cast<std::int64_t>(bytes.size());
      return true;
    }
    void BackUp(int count) override {
      --at_;
      skipped_ = from_[at_].bytes.size() - static_cast<std::size_t>(count);
      count_ -= count;
    }
    bool Skip(int count) override {
      const void* data = nullptr;
      int size = 0;
      while (count > 0 && Next(&data, &size)) {
        if (size > count) BackUp(size - count);
        count -= size;
      }
      return count <= 0;
    }
    std::int64_t ByteCount() const override { return count_; }

   private:
    const std::vector<fragment>& from_;
    std::size_t at_ = 0;
    std::size_t skipped_ = 0;
    std::int64_t count_ = 0;
  };

  void keep(bytes_view part, input_blocks& blocks) {
    if (part.empty()) return;
    fragments_.push_back({blocks.in_use(), part});
    blocks.use();
  }

  bool parse(bytes_view last, input_blocks& blocks, google::protobuf::MessageLite& message) {
    if (fragments_.empty()) {
      return message.ParseFromArray(last.data(), static_cast<int>(last.size()));
    }
    keep(last, blocks);
    fragment_stream stream(fragments_);
    const bool parsed = message.ParseFromZeroCopyStream(&stream);
    for (const fragment& f : fragments_) blocks.release(f.block);
    fragments_.clear();
    return parsed;
  }

  std::array<std::uint8_t, prefix_size> prefix_{};
  std::size_t prefix_filled_ = 0;
  std::size_t missing_ = 0;
  std::vector<fragment> fragments_;
};

}  // namespace bench_floor
