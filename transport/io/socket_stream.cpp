#include "socket_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <type_traits>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#ifdef __linux__
#include <linux/sockios.h>
#endif

#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/socket_error.hpp>

namespace grpcwire::transport::io {

std::string address_text(const asio::ip::tcp::endpoint& endpoint) {
  return to_string(host_port{endpoint.address().to_string(), endpoint.port()});
}

namespace {

using generic_socket = asio::generic::stream_protocol::socket;

std::string text_of(const asio::ip::tcp::endpoint& endpoint) {
  return endpoint.port() == 0 ? std::string() : address_text(endpoint);
}

std::string text_of(const asio::local::stream_protocol::endpoint& endpoint) {
  return endpoint.path().empty() ? "unix:" : to_string(unix_path{endpoint.path()});
}

/// Of a family this library has no text for, such as vsock.
std::string text_of(const asio::generic::stream_protocol::endpoint& endpoint) {
  return "family:" + std::to_string(endpoint.protocol().family());
}

/// 0 where the system does not tell.
std::size_t bytes_under_way([[maybe_unused]] int native_socket) noexcept {
#ifdef SIOCOUTQ
  int bytes = 0;
  if (::ioctl(native_socket, SIOCOUTQ, &bytes) == 0 && bytes > 0) {
    return static_cast<std::size_t>(bytes);
  }
#endif
  return 0;
}

template <class Socket>
class socket_stream final : public byte_stream {
 public:
  explicit socket_stream(Socket&& socket) : socket_(std::move(socket)) {
    std::error_code ignored;
    socket_.non_blocking(true, ignored);
    peer_ = text_of(socket_.remote_endpoint(ignored));
    local_ = text_of(socket_.local_endpoint(ignored));
    if (peer_.empty() || peer_ == "unix:") peer_ = local_;
  }

  asio::any_io_executor executor() override { return socket_.get_executor(); }

  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) override {
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            [user = std::move(user)](std::error_code error, std::size_t size) {
                              user->on_read(comparable(error), size);
                            });
  }

  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) override {
    for (;;) {
      const ssize_t size = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
      if (size > 0) return static_cast<std::size_t>(size);
      if (size == 0) {
        error = asio::error::eof;
        return 0;
      }
      if (errno == EINTR) continue;
      error = std::error_code(errno, std::generic_category());
      return 0;
    }
  }

  std::size_t try_write(std::span<const codec::const_bytes> blocks,
                        std::error_code& error) override {
    std::array<iovec, 64> vector;
    const std::size_t count = std::min(blocks.size(), vector.size());
    for (std::size_t i = 0; i < count; ++i) {
      vector[i] = {const_cast<std::uint8_t*>(blocks[i].data()), blocks[i].size()};
    }
    msghdr message{};
    message.msg_iov = vector.data();
    message.msg_iovlen = count;
    for (;;) {
      const ssize_t size = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
      if (size >= 0) return static_cast<std::size_t>(size);
      if (errno == EINTR) continue;
      error = std::error_code(errno, std::generic_category());
      return 0;
    }
  }

  void wait_writable(std::shared_ptr<stream_user> user) override {
    socket_.async_wait(Socket::wait_write, [user = std::move(user)](std::error_code error) {
      user->on_writable(comparable(error));
    });
  }

  std::size_t unacknowledged() override { return bytes_under_way(socket_.native_handle()); }

  void shut_down_writing() override {
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void close() override {
    std::error_code ignored;
    socket_.close(ignored);
  }

  const std::string& peer_address() const override { return peer_; }
  const std::string& local_address() const override { return local_; }

 private:
  Socket socket_;
  std::string peer_;
  std::string local_;
};

}  // namespace

std::unique_ptr<byte_stream> make_byte_stream(tcp_socket&& socket) {
  std::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  return std::make_unique<socket_stream<tcp_socket>>(std::move(socket));
}

std::unique_ptr<byte_stream> make_byte_stream(local_socket&& socket) {
  return std::make_unique<socket_stream<local_socket>>(std::move(socket));
}

void set_user_timeout(int native_socket, std::chrono::milliseconds timeout) noexcept {
#ifdef TCP_USER_TIMEOUT
  if (timeout.count() <= 0) return;
  const auto most = static_cast<std::int64_t>(std::numeric_limits<int>::max());
  const auto value = static_cast<unsigned int>(std::min<std::int64_t>(timeout.count(), most));
  ::setsockopt(native_socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
#else
  (void)native_socket;
  (void)timeout;
#endif
}

codec::result<std::unique_ptr<byte_stream>, std::string> make_byte_stream(
    const asio::any_io_executor& executor, descriptor connected) {
  if (auto why = why_not_connected(connected)) return codec::unexpected{*std::move(why)};
  const int family = address_family(connected);
  std::error_code error;
  const auto assign = [&](auto socket, const auto& protocol) -> std::unique_ptr<byte_stream> {
    socket.assign(protocol, connected.get(), error);
    if (error) return nullptr;
    connected.release();
    if constexpr (std::is_same_v<decltype(socket), generic_socket>) {
      return std::make_unique<socket_stream<generic_socket>>(std::move(socket));
    } else {
      return make_byte_stream(std::move(socket));
    }
  };
  std::unique_ptr<byte_stream> stream;
  if (family == AF_INET || family == AF_INET6) {
    using asio::ip::tcp;
    stream = assign(tcp_socket(executor), family == AF_INET ? tcp::v4() : tcp::v6());
  } else if (family == AF_UNIX) {
    stream = assign(local_socket(executor), asio::local::stream_protocol());
  } else {
    stream = assign(generic_socket(executor), asio::generic::stream_protocol(family, 0));
  }
  if (stream) return stream;
  return codec::unexpected{"descriptor " + std::to_string(connected.get()) +
                           " cannot be used: " + error.message()};
}

bool is_end_of_file(std::error_code error) {
  return error == asio::error::eof;
}

}  // namespace grpcwire::transport::io
