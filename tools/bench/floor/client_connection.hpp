// One connection of the floor as a client: its nghttp2 session and its calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "../load.hpp"
#include "descriptor.hpp"
#include "grpc/testing/messages.pb.h"
#include "message_reader.hpp"
#include "message_writer.hpp"
#include "output.hpp"
#include "wire.hpp"

namespace bench_floor {

struct client_call {
  std::int32_t id = 0;
  message_reader responses;
  message_writer requests;
  bench::clock::time_point begun{};
  bool answered = false;  // at least one response came, and all were right
  bool ok = false;        // the status
  bool cancelled = false;

  void reset() {
    requests.wanted = 0;
    requests.finish = requests.deferred = false;
    answered = ok = cancelled = false;
  }
};

/// What all connections use, one after the other.
struct client_parts {
  explicit client_parts(const bench::load_options& o);

  const bench::load_options& options;
  bench::meter meter;
  std::string authority;
  std::vector<nghttp2_nv> head;  // of every call
  input_blocks input;
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
  std::uint64_t bytes_of_call;  // both payloads
};

class client_connection {
 public:
  client_connection(descriptor socket, client_parts& shared);
  client_connection(const client_connection&) = delete;
  client_connection& operator=(const client_connection&) = delete;
  ~client_connection();

  int fd() const noexcept { return socket_.get(); }
  std::uint32_t interest() const noexcept { return output_.interest(); }
  /// False when the connection is over.
  bool on_ready(std::uint32_t events);
  bool flush();

  /// Begins as many calls as there are streams, or as may begin.
  void begin_calls();
  /// Begins calls that never end: nothing is sent behind the head of a streaming call.
  void hold_calls();
  bool idle() const noexcept { return running_ == 0; }

  /// The server has seen all that was sent when pinged() counts up.
  void ping();
  std::uint64_t pinged() const noexcept { return pinged_; }

 private:
  friend struct client_callbacks;

  void begin(client_call& c, bench::clock::time_point now);
  void submit(client_call& c);
  void received(client_call& c, bytes_view data);
  void message_received(client_call& c);
  void more_requests(client_call& c, bench::clock::time_point now);
  void closed(client_call& c, std::uint32_t error);

  descriptor socket_;
  client_parts& shared_;
  session_ptr session_;
  output output_;
  std::deque<client_call> calls_;
  std::vector<client_call*> again_;  // begin once the output, which may point into them, is written
  std::size_t running_ = 0;
  std::uint64_t pinged_ = 0;
};

}  // namespace bench_floor
