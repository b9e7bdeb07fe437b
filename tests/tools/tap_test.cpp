// The tap between a real client and a real server on this machine's loopback.
#include "tools/grpcwire/tap.hpp"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>

namespace grpcwire::tools {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;
using transport::frames;

const tcp::endpoint any_port{asio::ip::address_v4::loopback(), 0};

// Runs a tap on a thread of its own; the text may be read after finish().
class running_tap {
 public:
  explicit running_tap(std::uint16_t server_port)
      : tap_(io_, {{"127.0.0.1", 0}, {"127.0.0.1", server_port}, {}, {}},
             [this](std::string_view text) { text_ += text; }) {
    EXPECT_EQ(tap_.start(), std::nullopt);
    port_ = tap_.port();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~running_tap() {
    if (thread_.joinable()) finish();
  }

  std::uint16_t port() const { return port_; }

  std::string finish() {
    asio::post(io_, [this] { tap_.stop(); });
    thread_.join();
    return text_;
  }

 private:
  asio::io_context io_;
  std::string text_;
  tap tap_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string read_exactly(tcp::socket& socket, std::size_t size) {
  std::string text(size, '\0');
  asio::read(socket, asio::buffer(text));
  return text;
}

bool at_end(tcp::socket& socket) {
  std::array<char, 1> byte{};
  std::error_code error;
  asio::read(socket, asio::buffer(byte), error);
  return static_cast<bool>(error);
}

TEST(tap, passes_bytes_on_and_explains_them) {
  asio::io_context io;
  tcp::acceptor acceptor(io, any_port);
  running_tap tap(acceptor.local_endpoint().port());
  tcp::socket client(io);
  client.connect({any_port.address(), tap.port()});
  tcp::socket server = acceptor.accept();

  const std::string request = frames().preface().settings({{2, 0}}).text();
  const std::string response = frames().settings().settings_ack().text();
  asio::write(client, asio::buffer(request));
  EXPECT_EQ(read_exactly(server, request.size()), request);
  client.shutdown(tcp::socket::shutdown_send);
  EXPECT_TRUE(at_end(server));
  asio::write(server, asio::buffer(response));  // a client that is done still hears the answer
  EXPECT_EQ(read_exactly(client, response.size()), response);
  server.close();
  EXPECT_TRUE(at_end(client));

  const std::string text = tap.finish();
  const std::string from = std::to_string(client.local_endpoint().port());
  EXPECT_EQ(text, "#1  connection from 127.0.0.1:" + from +
                      "\n"
                      "#1  client → server  PREFACE  24 bytes\n"
                      "    PRI * HTTP/2.0: the client says that it speaks HTTP/2\n"
                      "#1  client → server  SETTINGS  stream 0  length 6  no flags\n"
                      "    ENABLE_PUSH  0  the server must not push\n"
                      "#1  the client has closed its end\n"
                      "#1  server → client  SETTINGS  stream 0  length 0  no flags\n"
                      "    the server keeps to what HTTP/2 starts with\n"
                      "#1  server → client  SETTINGS  stream 0  length 0  flags ACK\n"
                      "    the server has taken over the settings of the client\n"
                      "#1  the server has closed its end\n"
                      "#1  closed\n");
}

TEST(tap, serves_several_connections_at_once) {
  asio::io_context io;
  tcp::acceptor acceptor(io, any_port);
  running_tap tap(acceptor.local_endpoint().port());
  std::vector<tcp::socket> clients;
  std::vector<tcp::socket> servers;
  for (int i = 0; i < 5; ++i) {
    clients.emplace_back(io).connect({any_port.address(), tap.port()});
    servers.push_back(acceptor.accept());
  }
  const std::string bytes(100'000, 'x');
  for (int i = 4; i >= 0; --i) {
    asio::write(clients[static_cast<std::size_t>(i)], asio::buffer(bytes));
    EXPECT_EQ(read_exactly(servers[static_cast<std::size_t>(i)], bytes.size()), bytes);
  }
  const std::string text = tap.finish();
  EXPECT_THAT(text, HasSubstr("#5  client → server  at byte 0\n    ! this is not the client"));
  for (int i = 1; i <= 5; ++i) EXPECT_THAT(text, HasSubstr("#" + std::to_string(i) + "  closed\n"));
}

TEST(tap, says_when_the_server_is_not_there_and_goes_on) {
  asio::io_context io;
  tcp::acceptor acceptor(io, any_port);
  const std::uint16_t free_port = acceptor.local_endpoint().port();
  acceptor.close();
  running_tap tap(free_port);
  for (int i = 0; i < 2; ++i) {
    tcp::socket client(io);
    client.connect({any_port.address(), tap.port()});
    EXPECT_TRUE(at_end(client));
  }
  const std::string text = tap.finish();
  EXPECT_THAT(text, HasSubstr("#2  cannot connect to 127.0.0.1:" + std::to_string(free_port) +
                              ": Connection refused. Is the server running?\n#2  closed\n"));
}

TEST(tap, says_when_its_port_is_taken) {
  asio::io_context io;
  tcp::acceptor acceptor(io, any_port);
  const std::uint16_t taken = acceptor.local_endpoint().port();
  tap second(io, {{"127.0.0.1", taken}, {"127.0.0.1", 1}, {}, {}}, [](std::string_view) {});
  EXPECT_EQ(second.start(), "cannot listen on 127.0.0.1:" + std::to_string(taken) +
                                ": Address already in use. Another program has this port; choose a "
                                "different one");
}

}  // namespace
}  // namespace grpcwire::tools
