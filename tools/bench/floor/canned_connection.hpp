// One connection of the floor as a client that costs next to nothing: the bytes of a request are
// made once, and of the answers only the heads of frames are looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/epoll.h>
#include <vector>

#include "../load.hpp"
#include "client_connection.hpp"
#include "descriptor.hpp"
#include "output.hpp"
#include "wire.hpp"

namespace bench_floor {

/// Unary calls only. A call is over when its stream has ended; it must have brought one response of
/// the right size.
class canned_connection {
 public:
  canned_connection(descriptor socket, client_parts& shared);
  canned_connection(const canned_connection&) = delete;
  canned_connection& operator=(const canned_connection&) = delete;

  int fd() const noexcept { return socket_.get(); }
  std::uint32_t interest() const noexcept { return output_.interest(); }
  /// False when the connection is over.
  bool on_ready(std::uint32_t events);
  bool flush();

  void begin_calls();
  bool idle() const noexcept { return running_ == 0 && again_ == 0; }

  void ping();
  std::uint64_t pinged() const noexcept { return pinged_; }

 private:
  struct call {
    bench::clock::time_point begun;
    bool answered;
  };

  void begin(bench::clock::time_point now);
  void send_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, bytes_view payload);
  bool read_frames();
  bool on_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, bytes_view payload);
  bool on_answer(std::uint8_t type, std::uint8_t flags, call& of, std::size_t size);
  bool fail(const char* why);

  descriptor socket_;
  client_parts& shared_;
  output output_;
  std::vector<std::uint8_t> request_;  // HEADERS and DATA of any call but the first one
  std::size_t data_at_ = 0;            // where DATA begins in it
  std::size_t response_size_ = 0;      // bytes of a response with its prefix
  std::vector<std::uint8_t> input_;
  bench::clock::time_point read_at_{};
  std::size_t received_ = 0;  // bytes of it that no frame has been cut from
  std::vector<call> calls_;   // by half their number, modulo its size
  std::uint32_t next_stream_ = 1;
  std::size_t running_ = 0;
  std::size_t again_ = 0;  // calls that ended and may begin anew
  std::uint64_t pinged_ = 0;
};

}  // namespace bench_floor
