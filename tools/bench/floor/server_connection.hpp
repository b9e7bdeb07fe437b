// One connection of the floor as a server: its nghttp2 session and its calls.
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
#include "message_reader.hpp"
#include "message_writer.hpp"
#include "output.hpp"
#include "wire.hpp"

namespace bench_floor {

constexpr std::size_t kept_capacity = 64 * 1024;  // of a call that is used again

/// What a streaming call has once its first DATA came.
struct stream_part {
  message_reader requests;
  message_writer responses;
  bool answered = false;  // the response headers are submitted
};

struct server_call {
  std::vector<std::uint8_t> request;   // used when the message does not come in one piece
  std::vector<std::uint8_t> response;  // with its prefix
  std::size_t sent = 0;
  std::size_t response_size = 0;  // of the payload, as the request asks for
  method kind = method::none;
  bool parsed = false;
  std::unique_ptr<stream_part> stream;

  void reset() {
    request.clear();
    if (request.capacity() > kept_capacity) std::vector<std::uint8_t>().swap(request);
    if (response.capacity() > kept_capacity) std::vector<std::uint8_t>().swap(response);
    sent = response_size = 0;
    kind = method::none;
    parsed = false;
    stream.reset();
  }
};

/// What all connections use, one after the other.
struct server_parts {
  input_blocks input;
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleRequest stream_request;
  grpc::testing::SimpleResponse response;
};

class server_connection {
 public:
  server_connection(descriptor socket, server_parts& shared);
  server_connection(const server_connection&) = delete;
  server_connection& operator=(const server_connection&) = delete;
  ~server_connection();

  int fd() const noexcept { return socket_.get(); }
  /// What epoll shall wait for. While output waits, nothing more is read.
  std::uint32_t interest() const noexcept {
    return output_.empty() ? std::uint32_t{EPOLLIN} : std::uint32_t{EPOLLOUT};
  }
  /// False when the connection is over.
  bool on_ready(std::uint32_t events);

 private:
  friend struct server_callbacks;
  friend struct stream_callbacks;

  bool flush();
  server_call& new_call();
  void data_received(server_call& c, std::int32_t id, bytes_view data);
  void parse(server_call& c, bytes_view framed);
  void request_ended(server_call& c, std::int32_t stream);
  void answer(server_call& c, std::int32_t stream);
  const grpc::testing::SimpleResponse& response_for(const server_call& c);
  bool stream_data(server_call& c, std::int32_t id, bytes_view data);
  void respond(server_call& c, std::int32_t id, std::uint64_t messages, bool finish);
  void refuse(std::int32_t stream, std::string_view status);

  descriptor socket_;
  server_parts& shared_;
  session_ptr session_;
  output output_;
  std::deque<server_call> calls_;
  std::vector<server_call*> free_;
  std::vector<server_call*> closed_;  // free once the output, which may point into them, is written
  std::vector<server_call*> writers_;  // streaming calls that have written
};

}  // namespace bench_floor
