// Messages that have arrived and that nobody has read yet.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/codec/message_framer.hpp>

namespace grpcwire::detail {

struct stored_message {
  codec::buffer bytes;
  bool compressed;
  bool credited = false;  // its bytes were given back to flow control before
  bool came_compressed = compressed;

  std::size_t wire_size() const noexcept { return bytes.size() + codec::message_prefix_size; }
};

/// How many there can be is limited by the window: credit returns only when one is taken. Most
/// calls never store any, so an empty queue owns no memory.
class message_queue {
 public:
  bool empty() const noexcept { return first_ == messages_.size(); }

  /// Of all messages, as they came over the wire.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Of those that flow control still counts.
  std::size_t uncredited_bytes() const noexcept { return uncredited_; }

  void push_back(stored_message&& message) {
    count(message);
    messages_.push_back(std::move(message));
  }
  void push_front(stored_message&& message) {
    count(message);
    if (first_ == 0) {
      messages_.insert(messages_.begin(), std::move(message));
    } else {
      messages_[--first_] = std::move(message);
    }
  }

  /// Not of an empty queue.
  stored_message pop_front() {
    stored_message message = std::move(messages_[first_++]);
    bytes_ -= message.wire_size();
    if (!message.credited) uncredited_ -= message.wire_size();
    if (first_ == messages_.size()) {
      messages_.clear();
      first_ = 0;
    } else if (first_ == 64) {
      messages_.erase(messages_.begin(), messages_.begin() + 64);
      first_ = 0;
    }
    return message;
  }

 private:
  void count(const stored_message& message) noexcept {
    bytes_ += message.wire_size();
    if (!message.credited) uncredited_ += message.wire_size();
  }

  std::size_t bytes_ = 0;
  std::size_t uncredited_ = 0;
  std::vector<stored_message> messages_;
  std::size_t first_ = 0;  // those before it were taken
};

}  // namespace grpcwire::detail
