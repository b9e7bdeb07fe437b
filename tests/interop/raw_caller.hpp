// A client made of raw frames, and a server on a thread of its own to talk to: what a test needs to
// send what no well-behaved client sends, and to see every frame of the answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include <grpcwire/rpc/server.hpp>
#include <grpcwire/transport/raw_frames.hpp>

#include "interop/test_service.hpp"
#include "tests/support/frame_log.hpp"

namespace grpcwire::tests {

/// grpc.testing.TestService on a free port of 127.0.0.1.
class running_test_server {
 public:
  explicit running_test_server(server_options options = {}) : server_(io_, std::move(options)) {
    server_.add(service_);
    const auto address = server_.listen("127.0.0.1:0");
    if (!address) throw std::runtime_error(address.error().message());
    port_ = static_cast<std::uint16_t>(std::stoi(address->substr(address->rfind(':') + 1)));
    thread_ = std::jthread([this] { io_.run(); });
  }
  ~running_test_server() { server_.stop(); }

  std::uint16_t port() const noexcept { return port_; }

 private:
  asio::io_context io_;
  interop::test_service service_;
  server server_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

class raw_caller {
 public:
  /// Connects, and sends the preface and empty SETTINGS.
  explicit raw_caller(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    send(transport::frames().preface().settings());
  }

  void send(const transport::raw_frames& frames) {
    asio::write(socket_, asio::buffer(frames.bytes()));
  }

  /// Reads until the server has ended this stream and said all it had to say about it. One line for
  /// each frame of the stream except WINDOW_UPDATE, as frame_log writes them.
  std::vector<std::string> answer_on(std::uint32_t id) {
    const std::string stream = " " + std::to_string(id) + " ";
    read_until([&](const std::string& line) {
      return line.starts_with("HEADERS" + stream + "end") ||
             line.starts_with("DATA" + stream + "end") || line.starts_with("RST_STREAM" + stream);
    });
    if (!closed_) {
      send(transport::frames().ping("all told"));
      read_until([](const std::string& line) { return line == "PING ACK \"all told\""; });
    }
    std::vector<std::string> lines;
    for (const std::string& line : log_.lines()) {
      if (line.find(stream) < line.find(' ') + 1 && !line.starts_with("WINDOW_UPDATE")) {
        lines.push_back(line);
      }
    }
    return lines;
  }

  /// Reads until the server closes the connection; false when it does not.
  bool wait_for_close() {
    read_until([](const std::string&) { return false; });
    return closed_;
  }

  /// All frames that came.
  const std::vector<std::string>& lines() const noexcept { return log_.lines(); }

 private:
  /// Ends as well when the connection does, or after some seconds without a byte.
  template <class Predicate>
  void read_until(Predicate wanted) {
    while (!closed_) {
      for (; seen_ < log_.lines().size(); ++seen_) {
        if (wanted(log_.lines()[seen_])) return;
      }
      if (!read_some()) return;
    }
  }

  bool read_some() {
    std::size_t received = 0;
    bool completed = false;
    socket_.async_read_some(asio::buffer(block_), [&](std::error_code error, std::size_t size) {
      completed = true;
      received = size;
      closed_ = static_cast<bool>(error) && error != asio::error::operation_aborted;
    });
    io_.restart();
    io_.run_for(std::chrono::seconds(5));
    if (!completed) {
      socket_.cancel();
      io_.restart();
      io_.run();
      return false;
    }
    log_.feed(codec::const_bytes(block_).first(received));
    return true;
  }

  asio::io_context io_;
  asio::ip::tcp::socket socket_;
  std::vector<std::uint8_t> block_ = std::vector<std::uint8_t>(65536);
  frame_log log_{transport::first_byte::of_a_server};
  std::size_t seen_ = 0;  // lines that were looked at
  bool closed_ = false;
};

}  // namespace grpcwire::tests
