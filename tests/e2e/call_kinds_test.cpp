// The four kinds of calls, over every kind of address, with messages of every size and number.

#include <algorithm>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

std::string socket_path() {
  return "unix:/tmp/grpcwire-e2e-" + std::to_string(::getpid()) + ".sock";
}

class calls_over : public testing::TestWithParam<std::string> {};

TEST_P(calls_over, unary) {
  world w(GetParam());
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request("Ada"));
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message(), "Hello Ada");
  });
}

TEST_P(calls_over, server_streaming) {
  world w(GetParam());
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request("Ada"));
    std::string all;
    while (const auto message = co_await call.read()) all += message->message();
    EXPECT_EQ(all, "Ada");
    const status end = co_await call.finish();
    EXPECT_TRUE(end.ok()) << describe(end);
  });
}

TEST_P(calls_over, client_streaming) {
  world w(GetParam());
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    for (const char* name : {"A", "d", "a"}) EXPECT_TRUE(co_await call.write(request(name)));
    call.writes_done();
    const auto answer = co_await call.read();
    EXPECT_TRUE(says(answer, "Ada"));
    const status end = co_await call.finish();
    EXPECT_TRUE(end.ok()) << describe(end);
  });
}

TEST_P(calls_over, bidirectional_streaming) {
  world w(GetParam());
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(co_await call.write(request(std::to_string(i))));
      const auto answer = co_await call.read();
      EXPECT_TRUE(says(answer, std::to_string(i)));
    }
    call.writes_done();
    EXPECT_FALSE(co_await call.read());
    const status end = co_await call.finish();
    EXPECT_TRUE(end.ok()) << describe(end);
  });
}

INSTANTIATE_TEST_SUITE_P(addresses, calls_over,
                         testing::Values("127.0.0.1:0", "[::1]:0", "localhost:0", socket_path(),
                                         "unix-abstract:grpcwire-e2e-" +
                                             std::to_string(::getpid())));

class big_calls : public testing::TestWithParam<std::pair<std::size_t, std::uint32_t>> {};

TEST_P(big_calls, carry_the_message_both_ways) {
  const auto [size, window] = GetParam();
  server_options of_server;
  of_server.session.stream_window = window;
  channel_options of_channel = quick_channel();
  of_channel.session.stream_window = window;
  world w("127.0.0.1:0", of_server, of_channel);
  w.play([&, length = size]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request(std::string(length, 'x')));
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message().size(), length + 6);
    greeter_call call = w.stub->SayHelloBidiStream();
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(co_await call.write(request(std::string(length, 'y'))));
      const auto echoed = co_await call.read();
      EXPECT_TRUE(echoed);
      if (echoed) {
        EXPECT_EQ(echoed->message().size(), length);
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(sizes, big_calls,
                         testing::Values(std::pair<std::size_t, std::uint32_t>{1U << 20, 1U << 20},
                                         std::pair<std::size_t, std::uint32_t>{3U << 20, 1U << 20},
                                         std::pair<std::size_t, std::uint32_t>{3U << 20, 65535},
                                         std::pair<std::size_t, std::uint32_t>{100000, 1000}));

TEST(calls, stream_ten_thousand_small_messages_both_ways) {
  constexpr int count = 10'000;
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    const auto write_all = [&]() -> awaitable<void> {
      for (int i = 0; i < count; ++i) {
        const write_result written = co_await call.write(request(std::to_string(i)));
        if (!written) ADD_FAILURE() << "write " << i;
      }
      call.writes_done();
    };
    int next = 0;
    const auto read_all = [&]() -> awaitable<void> {
      while (const auto message = co_await call.read()) {
        if (message->message() != std::to_string(next)) ADD_FAILURE() << message->message();
        ++next;
      }
    };
    co_await (write_all() && read_all());
    EXPECT_EQ(next, count);
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(calls, wait_for_a_free_stream_when_the_server_allows_five) {
  server_options options;
  options.session.max_concurrent_streams = 5;
  world w("127.0.0.1:0", options);
  int running = 0;
  int most = 0;
  w.greeter.hello = [&](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    most = std::max(most, ++running);
    co_await pause(1ms);
    --running;
    co_return reply(r.name());
  };
  int ended = 0;
  for (int i = 0; i < 100; ++i) {
    w.stub->SayHello(request(std::to_string(i)), [&, i](status s, HelloReply r) {
      EXPECT_TRUE(s.ok()) << describe(s);
      EXPECT_EQ(r.message(), std::to_string(i));
      ++ended;
    });
  }
  EXPECT_TRUE(run_until(w.io, [&] { return ended == 100; }));
  EXPECT_EQ(most, 5);
  EXPECT_EQ(w.server->connection_count(), 1U);
}

TEST(calls, that_are_queued_leave_the_queue_when_they_are_cancelled) {
  server_options options;
  options.session.max_concurrent_streams = 1;
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    greeter_call first = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await first.write(request("x")));
    EXPECT_TRUE(co_await first.read());
    greeter_call second = w.stub->SayHelloBidiStream();
    greeter_call third = w.stub->SayHelloBidiStream();
    second.cancel();
    const status end = co_await second.finish();
    EXPECT_EQ(end.code(), status_code::cancelled);
    EXPECT_EQ(end.details().phase, call_phase::queued) << describe(end);
    first.writes_done();
    EXPECT_TRUE((co_await first.finish()).ok());
    EXPECT_TRUE(co_await third.write(request("y")));
    const auto answer = co_await third.read();
    EXPECT_TRUE(answer);
    EXPECT_EQ(w.greeter.calls, 2);
  });
}

TEST(calls, go_over_one_connection_at_the_same_time) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call chat = w.stub->SayHelloBidiStream();
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(co_await chat.write(request("between")));
      const auto [status, answer] = co_await w.stub->SayHello(request("calls"));
      EXPECT_TRUE(status.ok());
      const auto echoed = co_await chat.read();
      EXPECT_TRUE(echoed);
    }
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

TEST(calls, refuse_a_second_write_while_the_first_one_is_under_way) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    std::vector<write_error> errors;
    int ended = 0;
    for (int i = 0; i < 2; ++i) {
      call.write(request("x"), [&](write_result r) {
        errors.push_back(r.error());
        ++ended;
      });
    }
    while (ended != 2) co_await pause(1ms);
    EXPECT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors.front(), write_error::busy);
    EXPECT_EQ(errors.back(), write_error::none);
  });
}

}  // namespace
}  // namespace grpcwire::tests
