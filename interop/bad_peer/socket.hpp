// TCP sockets for raw frames: a descriptor that closes itself, and the three ways to get one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace grpcwire::bad_peer {

/// Owns a file descriptor. Throws nothing; -1 owns nothing.
class file_descriptor {
 public:
  file_descriptor() noexcept = default;
  explicit file_descriptor(int number) noexcept : number_(number) {}
  file_descriptor(file_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  file_descriptor& operator=(file_descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~file_descriptor();

  int number() const noexcept { return number_; }
  explicit operator bool() const noexcept { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// All throw std::runtime_error with the address and the reason.
file_descriptor connect_to(const std::string& host, std::uint16_t port);
/// On 127.0.0.1; port 0 takes a free one.
file_descriptor listen_on(std::uint16_t port);
file_descriptor accept_from(const file_descriptor& listener);
std::uint16_t port_of(const file_descriptor& listener);

/// What poll() says within this time: POLLIN, POLLOUT and so on, 0 when nothing happened.
short wait_for(const file_descriptor& socket, short events, std::chrono::milliseconds patience);

}  // namespace grpcwire::bad_peer
