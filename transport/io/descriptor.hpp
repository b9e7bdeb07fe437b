// An open file descriptor with one owner, and what can be said about the socket behind it.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace grpcwire::transport::io {

/// Closes what it owns.
class descriptor {
 public:
  descriptor() noexcept = default;
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor();

  explicit operator bool() const noexcept { return number_ >= 0; }
  int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

/// Why bytes cannot be exchanged with a peer over this descriptor: it is no socket, no stream, or
/// not connected. Nothing when they can.
std::optional<std::string> why_not_connected(const descriptor& d);
/// Why connections cannot be accepted from it. Nothing when they can.
std::optional<std::string> why_not_listening(const descriptor& d);
/// AF_INET, AF_UNIX and so on; -1 when it is no socket.
int address_family(const descriptor& d) noexcept;

}  // namespace grpcwire::transport::io
