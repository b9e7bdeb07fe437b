// Messages that have arrived and that nobody has read yet.
#pragma once

#include <cstddef>
#include <memory>
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
  bool empty() const noexcept { return !has_; }

  /// Of all messages, as they came over the wire.
  std::size_t bytes() const noexcept { return has_ ? has_->bytes : 0; }
  /// Of those that flow control still counts.
  std::size_t uncredited_bytes() const noexcept { return has_ ? has_->uncredited : 0; }

  void push_back(stored_message&& message) {
    count(message);
    has_->messages.push_back(std::move(message));
  }
  void push_front(stored_message&& message) {
    count(message);
    if (has_->first == 0) {
      has_->messages.insert(has_->messages.begin(), std::move(message));
    } else {
      has_->messages[--has_->first] = std::move(message);
    }
  }

  /// Not of an empty queue.
  stored_message pop_front() {
    contents& c = *has_;
    stored_message message = std::move(c.messages[c.first++]);
    c.bytes -= message.wire_size();
    if (!message.credited) c.uncredited -= message.wire_size();
    if (c.first == c.messages.size()) {
      has_.reset();
    } else if (c.first == 64) {
      c.messages.erase(c.messages.begin(), c.messages.begin() + 64);
      c.first = 0;
    }
    return message;
  }

 private:
  struct contents : codec::recycled {
    std::size_t bytes = 0;
    std::size_t uncredited = 0;
    std::vector<stored_message, codec::recycling_allocator<stored_message>> messages;
    std::size_t first = 0;  // those before it were taken
  };

  void count(const stored_message& message) {
    if (!has_) has_ = std::make_unique<contents>();
    has_->bytes += message.wire_size();
    if (!message.credited) has_->uncredited += message.wire_size();
  }

  std::unique_ptr<contents> has_;  // null: empty
};

}  // namespace grpcwire::detail
