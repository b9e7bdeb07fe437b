// Dead peers, ages, idleness and strikes on real sockets.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <set>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

channel_options pinging(std::chrono::milliseconds time, std::chrono::milliseconds timeout) {
  channel_options options = quick_channel();
  options.keepalive = {.time = time, .timeout = timeout, .time_min = 0ms};
  return options;
}

TEST(keepalive, ends_calls_whose_server_is_gone_without_a_word) {
  asio::io_context io;
  raw_listener silent(io);
  channel c(io, silent.address(), pinging(50ms, 50ms));
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::vector<status> ends;
    for (int i = 0; i < 3; ++i) {
      stub.SayHello(request("x"), [&](status s, HelloReply) { ends.push_back(std::move(s)); });
    }
    raw_peer server = co_await silent.accept();
    co_await server.send(frames().settings().settings_ack());
    EXPECT_EQ(co_await server.next("PING"), "PING \"keepaliv\"");
    while (ends.size() != 3) co_await pause(1ms);
    for (const status& end : ends) {
      EXPECT_EQ(end.code(), status_code::unavailable);
      EXPECT_NE(end.message().find("keepalive timeout: nothing came from the peer within 50 ms"),
                std::string::npos)
          << describe(end);
      EXPECT_EQ(end.details().origin, status_origin::transport);
    }
    EXPECT_EQ(c.state(), channel_state::idle);
  });
}

TEST(keepalive, keeps_a_quiet_call_alive) {
  server_options of_server;
  of_server.permit_keepalive_time = 0ms;
  world w("127.0.0.1:0", of_server, pinging(20ms, 5000ms));
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_TRUE(says(co_await call.read(), "x"));
    co_await pause(300ms);
    EXPECT_TRUE(co_await call.write(request("y")));
    EXPECT_TRUE(says(co_await call.read(), "y"));
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(keepalive, of_a_server_closes_connections_of_clients_that_are_gone) {
  server_options options;
  options.keepalive = {.time = 50ms, .timeout = 50ms, .time_min = 0ms};
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    co_await client.send(frames().preface().settings().settings_ack());
    EXPECT_EQ(co_await client.next("PING"), "PING \"keepaliv\"");
    EXPECT_EQ(w.server->connection_count(), 1U);
    co_await client.drain();
    while (w.server->connection_count() != 0) co_await pause(1ms);
  });
}

/// The server answers every PING with GOAWAY too_many_pings.
TEST(a_channel, whose_pings_are_too_many_sends_half_as_many_on_the_next_connection) {
  asio::io_context io;
  raw_listener strict(io);
  channel_options options = pinging(60ms, 5000ms);
  options.retry_buffer_size = 0;  // else the call goes to the next connection, not looked at yet
  channel c(io, strict.address(), options);
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    for (const auto expected : {60ms, 120ms, 240ms}) {
      std::optional<status> end;
      stub.SayHello(request("x"), [&](status s, HelloReply) { end = std::move(s); });
      raw_peer server = co_await strict.accept();
      // The silence begins with the SETTINGS at the earliest.
      const auto begin = std::chrono::steady_clock::now();
      co_await server.send(frames().settings().settings_ack());
      (void)co_await server.next("PING");
      EXPECT_GE(std::chrono::steady_clock::now() - begin, expected);
      co_await server.send(frames().goaway(0, 11, "too_many_pings"));
      while (!end) co_await pause(1ms);
      EXPECT_EQ(end->code(), status_code::unavailable);
      EXPECT_NE(end->message().find("too_many_pings"), std::string::npos) << describe(*end);
      co_await server.drain();
    }
  });
}

TEST(a_server, ends_connections_of_clients_that_ping_too_often) {
  world w;
  channel_options eager = pinging(10ms, 5000ms);
  w.connect(eager);
  happening left(w.io);
  w.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await left.wait();
    co_return reply("late");
  };
  w.play([&]() -> awaitable<void> {
    // One PING is free, three are strikes; the GOAWAY leaves the call alone only until it closes.
    const auto [end, none] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_NE(end.message().find("ENHANCE_YOUR_CALM \"too_many_pings\""), std::string::npos)
        << describe(end);
    left.now();
  });
}

TEST(a_server, lets_idle_clients_go) {
  server_options options;
  options.max_connection_idle = 50ms;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
      while (w.channel->state() != channel_state::idle) co_await pause(1ms);
      while (w.server->connection_count() != 0) co_await pause(1ms);
    }
  });
}

TEST(a_server, moves_old_connections_without_losing_a_call) {
  server_options options;
  options.max_connection_age = 30ms;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    greeter_call old = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await old.write(request("x")));
    EXPECT_TRUE(says(co_await old.read(), "x"));
    const auto until = std::chrono::steady_clock::now() + 300ms;
    int calls = 0;
    int moves = 0;
    while (std::chrono::steady_clock::now() < until || moves < 2) {
      const auto [end, answer] = co_await w.stub->SayHello(request("x"));
      EXPECT_TRUE(end.ok()) << describe(end);
      if (w.channel->state() != channel_state::ready) ++moves;
      if (++calls % 16 == 0) co_await pause(1ms);
      if (!end.ok()) break;
    }
    EXPECT_TRUE(co_await old.write(request("y")));
    EXPECT_TRUE(says(co_await old.read(), "y"));
    old.writes_done();
    EXPECT_TRUE((co_await old.finish()).ok());
  });
}

TEST(a_server, cuts_off_calls_on_old_connections_after_the_grace) {
  server_options options;
  options.max_connection_age = 30ms;
  options.max_connection_age_grace = 30ms;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    greeter_call old = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await old.write(request("x")));
    EXPECT_TRUE(says(co_await old.read(), "x"));
    EXPECT_FALSE(co_await old.read());
    const status end = co_await old.finish();
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_NE(end.message().find("GOAWAY NO_ERROR \"max_age\""), std::string::npos)
        << describe(end);
  });
}

TEST(a_channel, without_calls_goes_IDLE_and_comes_back) {
  channel_options options = quick_channel();
  options.idle_timeout = 50ms;
  world w("127.0.0.1:0", {}, options);
  w.play([&]() -> awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
      EXPECT_TRUE((co_await w.channel->wait_for_state_change(channel_state::ready)).ok());
      EXPECT_GE(std::chrono::steady_clock::now() - begin, 50ms);
      EXPECT_EQ(w.channel->state(), channel_state::idle);
      while (w.server->connection_count() != 0) co_await pause(1ms);
    }
  });
}

TEST(a_channel, with_a_call_does_not_go_IDLE) {
  channel_options options = quick_channel();
  options.idle_timeout = 30ms;
  world w("127.0.0.1:0", {}, options);
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_TRUE(says(co_await call.read(), "x"));
    co_await pause(150ms);
    EXPECT_EQ(w.channel->state(), channel_state::ready);
    EXPECT_TRUE(co_await call.write(request("y")));
    EXPECT_TRUE(says(co_await call.read(), "y"));
    call.cancel();
    while (w.channel->state() != channel_state::idle) co_await pause(1ms);
  });
}

TEST(a_channel, without_calls_stops_its_attempts_to_connect) {
  asio::io_context io;
  channel_options options = quick_channel();
  options.idle_timeout = 50ms;
  channel c(io, raw_listener(io).address(), options);
  c.connect();
  EXPECT_TRUE(run_until(io, [&] { return c.state() == channel_state::transient_failure; }));
  EXPECT_TRUE(run_until(io, [&] { return c.state() == channel_state::idle; }));
  io.restart();
  io.run_for(20s);
  EXPECT_TRUE(io.stopped()) << "something is left to wait for";
}

TEST(a_peer, that_never_acknowledges_SETTINGS_is_closed_by_either_side) {
  server_options of_server;
  of_server.session.settings_timeout = 50ms;
  world w("127.0.0.1:0", of_server);
  raw_listener silent(w.io);
  channel_options of_client = quick_channel();
  of_client.session.settings_timeout = 50ms;
  channel c(w.io, silent.address(), of_client);
  w.play([&]() -> awaitable<void> {
    raw_peer client(w.io, w.address);
    co_await client.send(frames().preface().settings());
    EXPECT_TRUE((co_await client.next("GOAWAY")).starts_with("GOAWAY 0 SETTINGS_TIMEOUT"));
    co_await client.drain();
    c.connect();
    raw_peer server = co_await silent.accept();
    co_await server.send(frames().settings());
    EXPECT_TRUE((co_await server.next("GOAWAY")).starts_with("GOAWAY 0 SETTINGS_TIMEOUT"));
    while (c.state() == channel_state::ready) co_await pause(1ms);
  });
}

/// The timeouts of all TCP connections of this process.
std::set<unsigned> user_timeouts() {
  std::set<unsigned> found;
  for (int fd = 3; fd < 256; ++fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    unsigned value = 0;
    size = sizeof value;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size) == 0) found.insert(value);
  }
  return found;
}

TEST(tcp_user_timeout, is_the_keepalive_timeout_of_each_side) {
  server_options of_server;
  of_server.keepalive.timeout = 7000ms;
  world w("127.0.0.1:0", of_server, pinging(10s, 9000ms));
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(user_timeouts(), (std::set<unsigned>{7000, 9000}));
  });
}

TEST(tcp_user_timeout, is_left_alone_without_keepalive_and_when_it_is_switched_off) {
  server_options of_server;
  of_server.keepalive.tcp_user_timeout = false;
  world w("127.0.0.1:0", of_server);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(user_timeouts(), (std::set<unsigned>{0}));
  });
}

}  // namespace
}  // namespace grpcwire::tests
