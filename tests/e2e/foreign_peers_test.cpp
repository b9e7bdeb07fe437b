// Whoever comes to a gRPC port and is no gRPC client, or no gRPC server.

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <grpcwire/rpc/server_core.hpp>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

/// The server still works after whatever it met.
awaitable<void> expect_healthy(world& w) {
  EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
}

TEST(the_server, closes_connections_that_say_nothing) {
  server_options options;
  options.handshake_timeout = 50ms;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    raw_peer silent(w.io, w.address);
    const auto begin = std::chrono::steady_clock::now();
    co_await silent.drain();
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 45ms);
    while (w.server->connection_count() != 0) co_await pause(1ms);
    co_await expect_healthy(w);
    co_await pause(80ms);
    EXPECT_EQ(w.server->connection_count(), 1U) << "good connections stay";
  });
}

TEST(the_server, closes_connections_that_speak_HTTP_1) {
  world w;
  w.play([&]() -> awaitable<void> {
    raw_peer browser(w.io, w.address);
    co_await browser.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    co_await browser.drain();
    while (w.server->connection_count() != 0) co_await pause(1ms);
    co_await expect_healthy(w);
  });
}

TEST(the_server, closes_connections_that_speak_TLS) {
  world w;
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    co_await client.send(std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10) +
                         std::string(200, '\0'));
    co_await client.drain();
    while (w.server->connection_count() != 0) co_await pause(1ms);
    co_await expect_healthy(w);
  });
}

TEST(the_server, closes_connections_above_its_limit) {
  server_options options;
  options.max_connections = 1;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    co_await expect_healthy(w);
    raw_peer second(w.io, w.address);
    co_await second.drain();
    EXPECT_TRUE(second.received().empty());
    EXPECT_EQ(w.server->connection_count(), 1U);
    co_await expect_healthy(w);
  });
}

TEST(the_server, survives_clients_that_leave_in_the_middle_of_anything) {
  world w;
  std::vector<codec::header_view> fields{
      {":method", "POST"}, {":scheme", "http"}, {":path", "/helloworld.Greeter/SayHelloBidiStream"},
      {":authority", "x"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
  const std::string all =
      frames().preface().settings().headers(1, fields).data(1, framed(request("name"))).text();
  w.play([&]() -> awaitable<void> {
    for (std::size_t size = 0; size <= all.size(); size += 3) {
      raw_peer client(w.io, w.address);
      co_await client.send(all.substr(0, size));
      if (size % 2 == 0) {
        client.socket().set_option(asio::socket_base::linger(true, 0));  // a TCP reset
      }
      client.close();
    }
    co_await expect_healthy(w);
    while (w.server->connection_count() != 1) co_await pause(1ms);
  });
}

TEST(the_server, ends_only_the_connection_that_breaks_HTTP_2) {
  world w;
  w.play([&]() -> awaitable<void> {
    co_await expect_healthy(w);
    raw_peer client(w.io, w.address);
    co_await client.send(frames().preface().settings().data(5, "nobody opened this"));
    EXPECT_TRUE((co_await client.next("GOAWAY")).starts_with("GOAWAY 0 PROTOCOL_ERROR"));
    co_await client.drain();
    co_await expect_healthy(w);
    while (w.server->connection_count() != 1) co_await pause(1ms);
  });
}

TEST(the_server, tells_which_connections_a_fault_ended) {
  std::vector<connection_failure> told;
  server_options options;
  options.session.abuse.settings_received = {2, 0};
  options.on_connection_failed = [&](const connection_failure& f) { told.push_back(f); };
  world w("127.0.0.1:0", options);
  const auto hello = [] { return frames().preface().settings(); };
  const std::vector<transport::raw_frames> last_words{
      hello().settings().settings(),          // above a limit
      hello().data(5, "nobody opened this"),  // against the protocol
      hello().goaway(0, 2, "out of memory"),  // the client gives up
      hello().goaway(7, 2),                   // … and means a stream of its own
      hello().goaway(0, 0),                   // a farewell, which is no fault
      hello()};                               // nor is it to go without one
  w.play([&]() -> awaitable<void> {
    co_await expect_healthy(w);
    for (const transport::raw_frames& words : last_words) {
      raw_peer client(w.io, w.address);
      co_await client.send(words);
      client.socket().shutdown(asio::socket_base::shutdown_send);
      co_await client.drain();
    }
    while (w.server->connection_count() != 1) co_await pause(1ms);
  });
  std::vector<std::string> texts;
  for (const connection_failure& f : told) texts.push_back(f.text);
  EXPECT_THAT(texts,
              testing::UnorderedElementsAre(
                  R"(this side sent GOAWAY ENHANCE_YOUR_CALM "too many SETTINGS frames")",
                  testing::StartsWith("this side sent GOAWAY PROTOCOL_ERROR"),
                  R"(the peer sent GOAWAY INTERNAL_ERROR "out of memory")",
                  "the peer sent GOAWAY INTERNAL_ERROR, whose last stream (7) is impossible"));
  EXPECT_EQ(w.server->core()->look().history.failures_seen, 4U) << "channelz shows them";
}

TEST(the_server, answers_what_is_no_gRPC_request_as_an_HTTP_server_would) {
  world w;
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    std::vector<codec::header_view> json{{":method", "POST"},
                                         {":scheme", "http"},
                                         {":path", "/helloworld.Greeter/SayHello"},
                                         {":authority", "x"},
                                         {"content-type", "application/json"}};
    std::vector<codec::header_view> get{{":method", "GET"},
                                        {":scheme", "http"},
                                        {":path", "/helloworld.Greeter/SayHello"},
                                        {":authority", "x"},
                                        {"content-type", "application/grpc"}};
    co_await client.send(frames().preface().settings().headers(1, json, 5).headers(3, get, 5));
    EXPECT_NE((co_await client.next("HEADERS 1")).find(":status=415"), std::string::npos);
    EXPECT_NE((co_await client.next("HEADERS 3")).find(":status=405"), std::string::npos);
  });
}

/// A server that answers every connection with these bytes.
awaitable<void> expect_unavailable(asio::io_context& io, std::string answer, std::string words) {
  raw_listener listener(io);
  channel c(io, listener.address(), quick_channel());
  Greeter::stub stub(c);
  std::optional<status> end;
  stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
  raw_peer server = co_await listener.accept();
  (void)co_await server.next("SETTINGS");  // unread input would turn the close into a TCP reset
  co_await server.send(answer);
  server.close();
  while (!end) co_await pause(1ms);
  EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
  EXPECT_EQ(end->details().address, listener.address());
  EXPECT_NE(describe(*end).find(words), std::string::npos) << describe(*end);
}

TEST(the_client, says_that_the_other_side_is_no_HTTP_2_server) {
  asio::io_context io;
  play(io, [&]() -> awaitable<void> {
    co_await expect_unavailable(io, "HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/2");
    co_await expect_unavailable(io, std::string("\x15\x03\x03\x00\x02\x02\x46", 7), "connection");
    co_await expect_unavailable(io, "", "without TLS");
  });
}

TEST(the_client, tells_the_goaway_that_ended_its_connection) {
  asio::io_context io;
  raw_listener listener(io);
  channel c(io, listener.address(), quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    raw_peer server = co_await listener.accept();
    co_await server.send(frames().settings().settings_ack());
    (void)co_await server.next("DATA 1");
    co_await server.send(frames().goaway(1, 11, "too_many_pings"));
    server.close();
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::unavailable);
    EXPECT_NE(end->message().find("ENHANCE_YOUR_CALM"), std::string::npos) << end->message();
    EXPECT_NE(end->message().find("too_many_pings"), std::string::npos) << end->message();
  });
}

}  // namespace
}  // namespace grpcwire::tests
