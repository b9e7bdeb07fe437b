// Follows the length-prefixed messages of one direction of a call through its DATA frames (gRPC
// doc/PROTOCOL-HTTP2.md) and says in words where in a message each frame is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

namespace grpcwire::tools {

class message_follower {
 public:
  /// The `grpc-encoding` of this direction, for the words about compressed messages.
  void set_encoding(std::string encoding) { encoding_ = std::move(encoding); }

  /// The data of one frame, without padding: one line for each thing in it. The lines are bounded;
  /// a frame full of tiny messages ends in a count.
  std::vector<std::string> explain(codec::const_bytes data);

  /// What END_STREAM cuts off; empty at the end of a message.
  std::string unfinished() const;

  /// The bytes are not a sequence of messages, so that they cannot be followed any more.
  bool lost() const noexcept { return lost_; }

 private:
  std::string prefix_line(codec::const_bytes part);
  std::string body_line(codec::const_bytes part);

  std::string encoding_;
  std::array<std::uint8_t, 5> prefix_{};
  std::size_t prefix_size_ = 0;  // bytes of it that have come; 5: inside a message
  std::uint32_t length_ = 0;
  std::uint32_t received_ = 0;
  bool lost_ = false;
};

}  // namespace grpcwire::tools
