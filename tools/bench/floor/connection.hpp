// One connection of the floor: its nghttp2 session and its calls.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "descriptor.hpp"
#include "grpc/testing/messages.pb.h"
#include "output.hpp"

namespace floor_server {

constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t kept_capacity = 64 * 1024;  // of a call that is used again

struct call {
  std::vector<std::uint8_t> request;   // used when the message does not come in one piece
  std::vector<std::uint8_t> response;  // with its prefix
  std::size_t sent = 0;
  std::size_t response_size = 0;  // of the payload, as the request asks for
  bool known_method = false;
  bool parsed = false;

  void reset() {
    request.clear();
    if (request.capacity() > kept_capacity) std::vector<std::uint8_t>().swap(request);
    if (response.capacity() > kept_capacity) std::vector<std::uint8_t>().swap(response);
    sent = response_size = 0;
    known_method = parsed = false;
  }
};

/// What all connections use, one after the other.
struct shared_parts {
  std::array<std::uint8_t, read_size> input;
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
};

class connection {
 public:
  connection(descriptor socket, shared_parts& shared);

  int fd() const noexcept { return socket_.get(); }
  /// What epoll shall wait for. While output waits, nothing more is read.
  std::uint32_t interest() const noexcept {
    return output_.empty() ? std::uint32_t{EPOLLIN} : std::uint32_t{EPOLLOUT};
  }
  /// False when the connection is over.
  bool on_ready(std::uint32_t events);

 private:
  friend struct callbacks;
  struct session_deleter {
    void operator()(nghttp2_session* s) const noexcept { nghttp2_session_del(s); }
  };

  bool receive();
  bool flush();
  call& new_call();
  void data_received(call& c, bytes_view data);
  void parse(call& c, bytes_view framed);
  void answer(call& c, std::int32_t stream);
  void refuse(std::int32_t stream, std::string_view status);

  descriptor socket_;
  shared_parts& shared_;
  std::unique_ptr<nghttp2_session, session_deleter> session_;
  output output_;
  std::deque<call> calls_;
  std::vector<call*> free_;
  std::vector<call*> closed_;  // free once the output, which may point into them, is written
};

}  // namespace floor_server
