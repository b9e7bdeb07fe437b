#include "explain_data.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "text_forms.hpp"

namespace grpcwire::tools {
namespace {

using codec::const_bytes;

// Enough to see a pattern in a frame full of small messages.
constexpr std::size_t messages_shown_max = 8;

std::string preview(const_bytes part) {
  std::string text;
  for (const std::uint8_t byte : part.first(std::min<std::size_t>(part.size(), 16))) {
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
  }
  return fmt::format("{}  |{}|", hex(part), text);
}

}  // namespace

std::string message_follower::prefix_line(const_bytes part) {
  const bool whole = prefix_size_ == prefix_.size();
  if (!whole) {
    return fmt::format("{}: {} of the 5 bytes in front of a message; the others come later",
                       hex(part), part.size());
  }
  std::string text;
  if (part.size() < prefix_.size()) {
    text = fmt::format("{}: the rest of the 5 bytes in front of a message: ", hex(part));
  }
  text += fmt::format("{}: ", hex(prefix_));
  if (prefix_[0] > 1) {
    lost_ = true;
    return text +
           fmt::format("not a gRPC message: the first byte must be 0 or 1, not {}", prefix_[0]);
  }
  if (prefix_[0] == 0) {
    text += "not compressed";
  } else if (encoding_.empty()) {
    text += "compressed, though no grpc-encoding was announced";
  } else {
    text += fmt::format("compressed with {}", printable(encoding_));
  }
  text += fmt::format(", {} of message", bytes_count(length_));
  return text;
}

std::string message_follower::body_line(const_bytes part) {
  const std::uint32_t before = received_ - static_cast<std::uint32_t>(part.size());
  const std::uint32_t missing = length_ - received_;
  if (before == 0 && missing == 0) return preview(part) + "  the message";
  if (before == 0) {
    return fmt::format("{}  the first {} of the message; {} follow in later frames", preview(part),
                       bytes_count(part.size()), missing);
  }
  if (missing == 0) {
    return fmt::format("{}  the last {} of the message", preview(part), bytes_count(part.size()));
  }
  return fmt::format("{}  {} more of the message; {} follow in later frames", preview(part),
                     bytes_count(part.size()), missing);
}

std::vector<std::string> message_follower::explain(const_bytes data) {
  std::vector<std::string> lines;
  if (lost_) {
    if (!data.empty()) lines.push_back(fmt::format("{}: cannot be followed", preview(data)));
    return lines;
  }
  std::size_t begun = 0;
  const auto add = [&](std::string line) {
    if (begun <= messages_shown_max) lines.push_back(std::move(line));
  };
  while (!data.empty() && !lost_) {
    if (prefix_size_ < prefix_.size()) {
      const const_bytes part = data.first(std::min(data.size(), prefix_.size() - prefix_size_));
      std::copy(part.begin(), part.end(),
                prefix_.begin() + static_cast<std::ptrdiff_t>(prefix_size_));
      prefix_size_ += part.size();
      data = data.subspan(part.size());
      if (prefix_size_ == prefix_.size()) {
        length_ = static_cast<std::uint32_t>(prefix_[1]) << 24 |
                  static_cast<std::uint32_t>(prefix_[2] << 16 | prefix_[3] << 8 | prefix_[4]);
        received_ = 0;
      }
      ++begun;
      add(prefix_line(part));
    } else {
      const const_bytes part = data.first(std::min<std::size_t>(data.size(), length_ - received_));
      received_ += static_cast<std::uint32_t>(part.size());
      data = data.subspan(part.size());
      add(body_line(part));
    }
    if (prefix_size_ == prefix_.size() && received_ == length_) prefix_size_ = 0;
  }
  if (begun > messages_shown_max) {
    const std::size_t more = begun - messages_shown_max;
    lines.push_back(
        fmt::format("… and {} more message{} in this frame", more, more == 1 ? "" : "s"));
  }
  return lines;
}

std::string message_follower::unfinished() const {
  if (lost_ || prefix_size_ == 0) return {};
  if (prefix_size_ < prefix_.size()) {
    return fmt::format("the stream ends inside the 5 bytes in front of a message ({} missing)",
                       prefix_.size() - prefix_size_);
  }
  return fmt::format("the stream ends inside a message: {} missing",
                     bytes_count(length_ - received_));
}

}  // namespace grpcwire::tools
