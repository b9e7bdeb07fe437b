// What a channel goes through: connecting, failing, backing off, recovering, being shut down.

#include <optional>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "tests/support/e2e_raw_peer.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

/// An address where nobody listens.
std::string free_address(asio::io_context& io) {
  return raw_listener(io).address();
}

TEST(a_channel, goes_from_IDLE_over_CONNECTING_to_READY) {
  world w;
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(w.channel->state(), channel_state::idle);
    std::vector<channel_state> seen;
    w.channel->connect();
    for (channel_state last = channel_state::idle; last != channel_state::ready;
         last = seen.back()) {
      EXPECT_TRUE((co_await w.channel->wait_for_state_change(last)).ok());
      seen.push_back(w.channel->state());
    }
    EXPECT_EQ(seen.back(), channel_state::ready);
    EXPECT_EQ(seen.front(), channel_state::connecting);
  });
}

TEST(a_channel, that_cannot_connect_says_why_and_how_to_help) {
  asio::io_context io;
  const std::string address = free_address(io);
  channel c(io, address, quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    const auto [status, answer] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unavailable);
    EXPECT_EQ(status.details().origin, status_origin::transport);
    EXPECT_EQ(status.details().phase, call_phase::connecting);
    EXPECT_NE(status.message().find(address + ": Connection refused"), std::string::npos)
        << status.message();
    EXPECT_FALSE(status.details().advice.empty());
    EXPECT_EQ(status.details().address, address);
    EXPECT_EQ(c.state(), channel_state::transient_failure);
    // While it backs off, calls fail at once with the same reason.
    const auto [again, none] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(again.code(), status_code::unavailable);
  });
}

TEST(a_channel, recovers_when_the_server_appears_later) {
  world w;
  const std::string address = w.address;
  w.server.reset();
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(std::get<0>(co_await w.stub->SayHello(request("x"))).code(),
              status_code::unavailable);
    std::optional<status> patient;
    w.stub->SayHello(request("x"), {.deadline = 20s, .wait_for_ready = true},
                     [&](status s, HelloReply) { patient = s; });
    co_await pause(60ms);
    EXPECT_FALSE(patient);
    w.server.emplace(w.io);
    w.server->add(w.greeter);
    const auto listening = w.server->listen(address);
    EXPECT_TRUE(listening) << listening.error().message();
    while (!patient) co_await pause(1ms);
    EXPECT_TRUE(patient->ok()) << describe(*patient);
    EXPECT_EQ(w.channel->state(), channel_state::ready);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

TEST(a_channel, backs_off_between_attempts) {
  asio::io_context io;
  raw_listener listener(io);
  channel c(io, listener.address(), quick_channel());
  play(io, [&]() -> awaitable<void> {
    c.connect();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i) {
      raw_peer lost = co_await listener.accept();
      lost.close();
    }
    // 20 + 24 + 28.8 ms lie between the four of them.
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 70ms);
  });
}

TEST(a_lost_connection, ends_its_calls_and_the_next_call_makes_another_one) {
  world w;
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    EXPECT_TRUE(co_await c.write(reply("x")));
    EXPECT_FALSE(co_await c.read());
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(says(co_await call.read(), "x"));
    w.server.reset();
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_EQ(end.details().origin, status_origin::transport) << describe(end);
    EXPECT_EQ(end.details().phase, call_phase::receiving);
    EXPECT_EQ(end.details().address, w.address);
    EXPECT_FALSE(end.details().advice.empty());
    while (w.channel->state() == channel_state::ready) {
      (void)co_await w.channel->wait_for_state_change(channel_state::ready);
    }
    EXPECT_EQ(w.channel->state(), channel_state::idle);
    w.server.emplace(w.io);
    w.server->add(w.greeter);
    EXPECT_TRUE(w.server->listen(w.address));
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

TEST(a_server, that_accepts_and_says_nothing_counts_as_a_failed_attempt) {
  asio::io_context io;
  raw_listener listener(io);
  channel_options options;
  options.backoff = {
      .initial = 10ms, .multiplier = 1, .max = 10ms, .jitter = 0, .connect_timeout_min = 60ms};
  channel c(io, listener.address(), options);
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    stub.SayHello(request("x"), [&](status s, HelloReply) { end = s; });
    raw_peer silent = co_await listener.accept();
    co_await silent.drain();
    while (!end) co_await pause(1ms);
    EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
    EXPECT_NE(end->message().find("SETTINGS"), std::string::npos) << end->message();
    raw_peer second = co_await listener.accept();
    co_await second.send(frames().settings().settings_ack());
    while (c.state() != channel_state::ready) co_await pause(1ms);
  });
}

/// A backlog of 0 holds one connection; the kernel drops what comes after it.
TEST(a_connect, that_is_not_answered_ends_with_the_timeout) {
  asio::io_context io;
  asio::ip::tcp::acceptor full(io);
  full.open(asio::ip::tcp::v4());
  full.bind({asio::ip::address_v4::loopback(), 0});
  full.listen(0);
  std::vector<asio::ip::tcp::socket> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(io);
    fillers.back().async_connect(full.local_endpoint(), [](std::error_code) {});
  }
  channel_options options;
  options.backoff = {
      .initial = 10ms, .multiplier = 1, .max = 10ms, .jitter = 0, .connect_timeout_min = 80ms};
  channel c(io, "127.0.0.1:" + std::to_string(full.local_endpoint().port()), options);
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    co_await pause(20ms);  // the fillers are in the queue
    const auto [status, answer] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unavailable);
    EXPECT_NE(status.message().find("no connection within 80 ms"), std::string::npos)
        << status.message();
  });
}

class bad_targets : public testing::TestWithParam<std::string> {};

TEST_P(bad_targets, are_told_by_every_call) {
  asio::io_context io;
  channel c(io, GetParam());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    const auto [status, answer] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unavailable);
    EXPECT_NE(status.message().find("bad target"), std::string::npos) << status.message();
    EXPECT_EQ(status.details().origin, status_origin::local);
    EXPECT_FALSE(status.details().advice.empty());
    c.connect();
    EXPECT_EQ(c.state(), channel_state::idle);
  });
}

INSTANTIATE_TEST_SUITE_P(texts, bad_targets,
                         testing::Values("", ":50051", "host:", "host:x", "host:70000", "[::1",
                                         "[::1]x", "unix:", "unix-abstract:",
                                         "unix:" + std::string(200, 'x')));

TEST(a_name, that_does_not_exist_is_told_with_the_name) {
  asio::io_context io;
  channel c(io, "no-such-host.invalid:1", quick_channel());
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    const auto [status, answer] = co_await stub.SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unavailable);
    EXPECT_NE(status.message().find("no-such-host.invalid"), std::string::npos);
    EXPECT_EQ(status.details().advice, "check the name of the server");
  });
}

TEST(shutdown_of_a_channel, ends_calls_that_run_wait_or_come_later) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await running.write(request("x")));
    EXPECT_TRUE(says(co_await running.read(), "x"));
    w.channel->shutdown();
    const status end = co_await running.finish();
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_NE(end.message().find("shut down"), std::string::npos) << end.message();
    EXPECT_EQ(w.channel->state(), channel_state::shutdown);
    const auto [status, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(status.code(), status_code::unavailable);
    EXPECT_EQ(status.message(), "the channel was shut down");
    w.channel->connect();
    EXPECT_EQ(w.channel->state(), channel_state::shutdown);
  });
}

TEST(shutdown_of_a_channel, ends_calls_that_wait_for_a_connection) {
  asio::io_context io;
  raw_listener silent(io);
  channel c(io, silent.address(), quick_channel());
  Greeter::stub stub(c);
  std::vector<status_code> ends;
  for (int i = 0; i < 3; ++i) {
    stub.SayHello(request("x"), [&](status s, HelloReply) { ends.push_back(s.code()); });
  }
  bool woken = false;
  c.wait_for_state_change(channel_state::connecting, [&](status) { woken = true; });
  play(io, [&]() -> awaitable<void> {
    co_await pause(5ms);
    c.shutdown();
    while (ends.size() != 3 || !woken) co_await pause(1ms);
    EXPECT_EQ(ends, std::vector<status_code>(3, status_code::unavailable));
  });
}

/// A connection that the server drains belongs to the channel as well.
TEST(shutdown_of_a_channel, ends_calls_on_connections_that_drain) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await running.write(request("x")));
    EXPECT_TRUE(says(co_await running.read(), "x"));
    w.server->shutdown(deadline(20s), [](status) {});
    while (w.channel->state() == channel_state::ready) co_await pause(1ms);
    EXPECT_TRUE(co_await running.write(request("y")));
    EXPECT_TRUE(says(co_await running.read(), "y"));
    w.channel->shutdown();
    EXPECT_EQ((co_await running.finish()).code(), status_code::unavailable);
  });
}

TEST(the_last_copy_of_a_channel, shuts_it_down) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call running = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await running.write(request("x")));
    EXPECT_TRUE(says(co_await running.read(), "x"));
    w.channel.reset();
    EXPECT_TRUE(co_await running.write(request("y")));
    EXPECT_TRUE(says(co_await running.read(), "y"));
    w.stub.reset();
    EXPECT_EQ((co_await running.finish()).code(), status_code::unavailable);
    while (w.server->connection_count() != 0) co_await pause(1ms);
  });
}

}  // namespace
}  // namespace grpcwire::tests
