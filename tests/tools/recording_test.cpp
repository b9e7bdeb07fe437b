// Recordings: of conversations through a real tap, and what is said about them.
#include <chrono>
#include <string>
#include <thread>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/transport/raw_frames.hpp>

#include "made_recording.hpp"
#include "tools/grpcwire/recording/recorder.hpp"
#include "tools/grpcwire/recording/recording_tap.hpp"
#include "tools/grpcwire/report/wire_view.hpp"

namespace grpcwire::tools {
namespace {

using asio::ip::tcp;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using transport::frames;

const tcp::endpoint some_port{asio::ip::address_v4::loopback(), 0};

class running_recording_tap {
 public:
  explicit running_recording_tap(std::uint16_t server_port)
      : tap_(io_, {"127.0.0.1", server_port}) {
    EXPECT_EQ(tap_.start(), std::nullopt);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~running_recording_tap() {
    if (thread_.joinable()) finish();
  }

  tcp::endpoint endpoint() const { return {some_port.address(), tap_.port()}; }

  recording finish() {
    asio::post(io_, [this] { tap_.stop(); });
    thread_.join();
    return tap_.take();
  }

 private:
  asio::io_context io_;
  recording_tap tap_;
  std::thread thread_;
};

std::string read_text(tcp::socket& socket, std::size_t size) {
  std::string text(size, '\0');
  asio::read(socket, asio::buffer(text));
  return text;
}

void wait_for_the_end(tcp::socket& socket) {
  char byte = 0;
  std::error_code error;
  asio::read(socket, asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error);
}

std::string sent_by(const recorded_connection& c, side sender) {
  std::string text;
  for (const recorded_chunk& chunk : c.chunks) {
    if (chunk.sender == sender) text += codec::as_text(chunk.bytes);
  }
  return text;
}

TEST(a_recording_tap, keeps_what_both_sides_say_and_how_it_ended) {
  asio::io_context io;
  tcp::acceptor acceptor(io, some_port);
  running_recording_tap tap(acceptor.local_endpoint().port());
  tcp::socket client(io);
  client.connect(tap.endpoint());
  tcp::socket server = acceptor.accept();
  const std::string request = frames().preface().settings().text();
  const std::string response = frames().settings().settings_ack().text();
  asio::write(client, asio::buffer(request));
  EXPECT_EQ(read_text(server, request.size()), request);
  asio::write(server, asio::buffer(response));
  EXPECT_EQ(read_text(client, response.size()), response);
  server.close();
  wait_for_the_end(client);

  const std::uint16_t client_port = client.local_endpoint().port();
  const recording r = tap.finish();
  EXPECT_EQ(r.server, "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
  ASSERT_EQ(r.connections.size(), 1u);
  const recorded_connection& c = r.connections[0];
  EXPECT_EQ(c.number, 1u);
  EXPECT_EQ(c.client_port, client_port);
  EXPECT_EQ(c.server_port, acceptor.local_endpoint().port());
  EXPECT_EQ(sent_by(c, side::client), request);
  EXPECT_EQ(sent_by(c, side::server), response);
  EXPECT_EQ(c.end, connection_end::server_closed);
  EXPECT_EQ(c.dropped(), 0u);
  EXPECT_LE(c.opened_ns, c.chunks.front().time_ns);
  EXPECT_LE(c.chunks.back().time_ns, c.ended_ns);
  EXPECT_THAT(end_words(c), StartsWith("the server closed its end first, after "));
}

TEST(a_recording_tap, keeps_that_the_server_was_not_there) {
  asio::io_context io;
  tcp::acceptor acceptor(io, some_port);
  const std::uint16_t free_port = acceptor.local_endpoint().port();
  acceptor.close();
  running_recording_tap tap(free_port);
  tcp::socket client(io);
  client.connect(tap.endpoint());
  wait_for_the_end(client);
  const recording r = tap.finish();
  ASSERT_EQ(r.connections.size(), 1u);
  EXPECT_EQ(r.connections[0].end, connection_end::not_connected);
  EXPECT_EQ(r.connections[0].error, "Connection refused");
}

codec::const_bytes bytes(std::string_view text) {
  return codec::as_bytes(text);
}

TEST(a_recorder, stops_keeping_bytes_at_its_limit_and_counts_on) {
  recorder kept({"localhost", 50051}, 10);
  kept.on_connection(1, {"127.0.0.1", 40000});
  kept.on_bytes(1, side::client, bytes("12345678"));
  kept.on_bytes(1, side::server, bytes("12345"));
  kept.on_bytes(1, side::client, bytes("1"));
  kept.on_half_close(1, side::client);
  kept.on_half_close(1, side::server);
  kept.on_closed(1);
  const recording r = kept.take();
  const recorded_connection& c = r.connections.at(0);
  EXPECT_EQ(sent_by(c, side::client), "12345678");
  EXPECT_EQ(sent_by(c, side::server), "");
  EXPECT_EQ(c.server_bytes_dropped, 5u);
  EXPECT_EQ(c.client_bytes_dropped, 1u);
  EXPECT_EQ(c.end, connection_end::client_closed);
  EXPECT_THAT(frames_as_text(r), HasSubstr("#1  not recorded, because there was too much: 1 byte "
                                           "of the client, 5 bytes of the server\n"));
}

TEST(a_recorder, begins_anew_when_its_recording_is_taken) {
  recorder kept({"localhost", 50051}, 10);
  kept.on_connection(1, {"127.0.0.1", 40000});
  kept.on_bytes(1, side::client, bytes("1234567890"));
  EXPECT_EQ(kept.take().connections.at(0).end, connection_end::open);
  kept.on_bytes(1, side::client, bytes("of the taken one"));
  kept.on_closed(1);
  kept.on_connection(2, {"127.0.0.1", 40001});
  kept.on_bytes(2, side::client, bytes("new"));
  const recording r = kept.take();
  EXPECT_EQ(r.server, "localhost:50051");
  ASSERT_EQ(r.connections.size(), 1u);
  EXPECT_EQ(r.connections[0].number, 1u);
  EXPECT_EQ(sent_by(r.connections[0], side::client), "new");
}

TEST(a_recording_in_words, has_a_number_and_a_time_for_each_frame) {
  const recording r = conversation()
                          .client(frames().preface().settings())
                          .server(frames().settings().ping())
                          .end(connection_end::client_broke, 2, "Connection reset by peer");
  EXPECT_EQ(frames_as_text(r),
            "#1  connection from port 40000 to localhost:50051\n"
            "   0  +0.001000  #1  client → server  PREFACE  24 bytes\n"
            "    PRI * HTTP/2.0: the client says that it speaks HTTP/2\n"
            "   1  +0.001000  #1  client → server  SETTINGS  stream 0  length 0  no flags\n"
            "    the client keeps to what HTTP/2 starts with\n"
            "   2  +0.002000  #1  server → client  SETTINGS  stream 0  length 0  no flags\n"
            "    the server keeps to what HTTP/2 starts with\n"
            "   3  +0.002000  #1  server → client  PING  stream 0  length 8  no flags\n"
            "    31 32 33 34 35 36 37 38: the client must answer with the same bytes\n"
            "#1  the connection of the client broke after 2.002000 s: Connection reset by peer\n");
}

TEST(a_recording_in_words, leaves_out_the_middle_of_many_frames) {
  conversation c;
  c.client(frames().preface());
  for (int i = 0; i < 9; ++i) c.client(frames().settings_ack());
  EXPECT_THAT(
      frame_lines(c, 4),
      ElementsAre(StartsWith("   0  +0.001000  #1  client → server  PREFACE"), StartsWith("   1  "),
                  "      … 6 frames left out …", StartsWith("   8  "), StartsWith("   9  ")));
  EXPECT_EQ(frame_lines(c, 10).size(), 10u);
  EXPECT_THAT(frame_lines(c, 4, 5),
              ElementsAre(StartsWith("   0  "), "      … 3 frames left out …", StartsWith("   4  "),
                          StartsWith("   5  "), StartsWith("   6  "), "      … 2 frames left out …",
                          StartsWith("   9  ")));
}

TEST(a_recording_in_words, tells_the_records_of_tls) {
  using namespace std::string_view_literals;
  const recording r = conversation()
                          .client_text("\x16\x03\x01\x00\x04\x01\x00"sv)
                          .client_text("\x00\x00\x17\x03\x03\x00\x01\x00"sv)
                          .server_text("\x15\x03\x03\x00\x02\x02\x78"sv);
  EXPECT_THAT(frame_lines(r, 10),
              ElementsAre(HasSubstr("+0.002000  #1  client → server  TLS  length 4  handshake: "
                                    "ClientHello"),
                          HasSubstr("client → server  TLS  length 1  encrypted"),
                          HasSubstr("server → client  TLS  length 2  alert: fatal, "
                                    "no_application_protocol\n"
                                    "    ! the server gives up: no_application_protocol")));
}

TEST(a_recording_of_files, has_the_bytes_in_an_order_that_could_have_been) {
  const recording r = recording_of_files(frames().preface().settings().settings_ack().text(),
                                         frames().settings().settings_ack().text());
  EXPECT_FALSE(r.timed);
  const std::vector<explained_frame> all = explained(r);
  ASSERT_EQ(all.size(), 5u);
  EXPECT_THAT(all[1].headline, StartsWith("client → server  SETTINGS"));
  EXPECT_THAT(all[4].headline, HasSubstr("flags ACK"));
}

TEST(a_view_of_a_recording, has_one_frame_for_each_explained_one) {
  const recording r =
      conversation()
          .client(frames().preface().settings().headers(
              1, {{":method", "POST"}, {":path", "/a.B/C"}}, transport::http2::flag::none))
          .client(frames().continuation(1, {{"content-type", "application/grpc"}}))
          .client(frames().data(1, message("abc") + message("de").substr(0, 6)))
          .client(frames().data(1, "e", true).raw(50, 0, 0, 1, "cut"))
          .server_text("HTTP/1.1 400 Bad Request\r\n\r\n");
  const wire_view view = view_of(r);
  const std::vector<explained_frame> all = explained(r);
  ASSERT_EQ(view.frames.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(view.frames[i].headline, all[i].headline);
  ASSERT_EQ(view.calls.size(), 1u);
  EXPECT_EQ(view.calls[0].method(), "C");
  ASSERT_EQ(view.calls[0].client.messages.size(), 2u);
  EXPECT_EQ(view.calls[0].client.messages[1].payload, "de");
  EXPECT_EQ(view.calls[0].client.messages[1].end_frame, view.calls[0].client.end_frame);
}

}  // namespace
}  // namespace grpcwire::tools
