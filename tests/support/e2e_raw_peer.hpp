// The other end of a connection, frame by frame: what no gRPC library would send, or when.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <google/protobuf/message_lite.h>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/transport/raw_frames.hpp>

#include "tests/support/frame_log.hpp"
#include "tests/support/header_fields.hpp"

namespace grpcwire::tests {

/// The message with its prefix, as it lies in DATA.
inline std::string framed(const google::protobuf::MessageLite& message) {
  const std::string payload = message.SerializeAsString();
  std::string text(5, '\0');
  for (std::size_t i = 0; i < 4; ++i) {
    text[1 + i] = static_cast<char>(payload.size() >> (24 - 8 * i) & 0xff);
  }
  return text + payload;
}

inline std::vector<codec::header_view> hello_fields() {
  return request_fields("/helloworld.Greeter/SayHello");
}

inline asio::ip::tcp::endpoint endpoint_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  return {asio::ip::make_address(host),
          static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1)))};
}

class raw_peer {
 public:
  /// A client of the server at this address.
  raw_peer(asio::io_context& io, const std::string& address) : socket_(io) {
    socket_.connect(endpoint_of(address));
  }
  /// A server, with the connection it has accepted.
  explicit raw_peer(asio::ip::tcp::socket accepted)
      : socket_(std::move(accepted)), log_(transport::first_byte::of_a_client) {}

  asio::awaitable<void> send(std::string bytes) {
    std::error_code lost;
    co_await asio::async_write(socket_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, lost));
  }
  asio::awaitable<void> send(transport::raw_frames frames) { return send(frames.text()); }

  /// The next line of frame_log that begins so; nothing when the connection ends first.
  asio::awaitable<std::string> next(std::string begin) {
    for (;;) {
      while (seen_ < log_.lines().size()) {
        const std::string& line = log_.lines()[seen_++];
        if (line.starts_with(begin)) co_return line;
      }
      if (!co_await read_some()) co_return std::string();
    }
  }
  /// Reads until the peer closes.
  asio::awaitable<void> drain() {
    std::size_t reads = 0;
    while (co_await read_some()) ++reads;  // g++ 12 miscompiles this loop when it has no body
  }

  const std::string& received() const noexcept { return received_; }
  const std::vector<std::string>& lines() const noexcept { return log_.lines(); }
  void close() { socket_.close(); }
  asio::ip::tcp::socket& socket() noexcept { return socket_; }

 private:
  asio::awaitable<bool> read_some() {
    std::array<char, 16384> buffer;
    std::error_code error;
    const std::size_t size = co_await socket_.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    received_.append(buffer.data(), size);
    if (!error) log_.feed(codec::as_bytes(std::string_view(buffer.data(), size)));
    co_return !error;
  }

  asio::ip::tcp::socket socket_;
  frame_log log_;
  std::size_t seen_ = 0;
  std::string received_;
};

/// Listens on a free port and leaves everything else to the test.
class raw_listener {
 public:
  explicit raw_listener(asio::io_context& io, const std::string& address = "127.0.0.1:0")
      : acceptor_(io, endpoint_of(address)) {}
  std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  asio::awaitable<raw_peer> accept() {
    co_return raw_peer(co_await acceptor_.async_accept(asio::use_awaitable));
  }
  void close() { acceptor_.close(); }

 private:
  asio::ip::tcp::acceptor acceptor_;
};

}  // namespace grpcwire::tests
