// What waits to be written on a connection of the floor: short pieces copied together, long ones by
// reference, all of them in one gather write.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <vector>

#include "wire.hpp"

namespace bench_floor {

class output {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  /// What epoll is to watch for a client, which reads on while something waits here.
  std::uint32_t interest() const noexcept {
    return empty() ? std::uint32_t{EPOLLIN} : std::uint32_t{EPOLLIN} | EPOLLOUT;
  }

  void append(bytes_view bytes) {
    if (pieces_.empty() || pieces_.back().reference != nullptr) {
      pieces_.push_back({nullptr, copied_.size(), 0});
    }
    copied_.insert(copied_.end(), bytes.begin(), bytes.end());
    pieces_.back().size += bytes.size();
    size_ += bytes.size();
  }

  /// The bytes stay where they are until everything is written.
  void append_reference(bytes_view bytes) {
    pieces_.push_back({bytes.data(), 0, bytes.size()});
    size_ += bytes.size();
  }

  /// Writes as much as the socket takes in one call. False when the connection is broken.
  bool write_to(int fd) {
    std::array<iovec, 64> vector;
    std::size_t count = 0;
    for (std::size_t i = first_; i < pieces_.size() && count < vector.size(); ++i) {
      const piece& p = pieces_[i];
      const std::uint8_t* from = p.reference != nullptr ? p.reference : copied_.data() + p.offset;
      vector[count++] = {const_cast<std::uint8_t*>(from), p.size};
    }
    msghdr message{};
    message.msg_iov = vector.data();
    message.msg_iovlen = count;
    const ssize_t written = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (written < 0) return errno == EAGAIN || errno == EINTR;
    consume(static_cast<std::size_t>(written));
    return true;
  }

 private:
  struct piece {
    const std::uint8_t* reference;  // null: `offset` in copied_
    std::size_t offset;
    std::size_t size;
  };

  void consume(std::size_t size) {
    size_ -= size;
    if (size_ == 0) {
      pieces_.clear();
      copied_.clear();
      first_ = 0;
      return;
    }
    while (size != 0) {
      piece& p = pieces_[first_];
      const std::size_t part = std::min(size, p.size);
      p.size -= part;
      p.offset += part;
      if (p.reference != nullptr) p.reference += part;
      if (p.size == 0) ++first_;
      size -= part;
    }
  }

  std::vector<std::uint8_t> copied_;
  std::vector<piece> pieces_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace bench_floor
