// Streaming calls that are hedged, and hedged calls whose channel or loop ends.

#include <memory>
#include <string>

#include <asio/detached.hpp>
#include <gmock/gmock.h>

#include "tests/support/e2e_hedging.hpp"

namespace grpcwire::tests {
namespace {

/// Of each server, for a method with a stream.
template <class Script>
void script_collect(hedged_fleet& f, Script script) {
  for (auto& s : f.servers) {
    s->greeter.collect = [&f, script, name = s->name](server_context& context,
                                                      greeter_server_call& c) {
      return script(f.note(name, context), c);
    };
  }
}
template <class Script>
void script_replies(hedged_fleet& f, Script script) {
  for (auto& s : f.servers) {
    s->greeter.replies = [&f, script, name = s->name](server_context& context, HelloRequest,
                                                      greeter_server_call& c) {
      return script(f.note(name, context), c);
    };
  }
}

TEST(a_hedged_stream, is_that_of_the_first_server_with_headers) {
  hedged_fleet f(2, hedging(5, "0.02s", unavailable));
  script_replies(f, [&](std::string attempt, greeter_server_call& c) -> awaitable<status> {
    if (attempt == "-") {
      co_await f.hang();
      co_return status();
    }
    (void)co_await c.write(reply("one of " + attempt));
    while (f.cancelled == 0) co_await pause(1ms);  // the other one, at the headers
    (void)co_await c.write(reply("two of " + attempt));
    co_return status(status_code::unavailable, "and no more");
  });
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    greeter_call call = f.stub->SayHelloStreamReply(request("slow"));
    const auto one = co_await call.read();
    const std::string who = one ? one->message().substr(7) : "";
    EXPECT_TRUE(says(one, "one of " + who));
    EXPECT_TRUE(says(co_await call.read(), "two of " + who));
    EXPECT_FALSE(co_await call.read());
    const status end = co_await call.finish();
    EXPECT_EQ(end.message(), "and no more") << "the server had answered: " << describe(end);
    EXPECT_NE(who, "-");
  });
}

TEST(a_hedged_stream, sends_what_is_written_to_each_attempt) {
  hedged_fleet f(2, hedging(2, "0.02s"));
  std::string first;
  happening both_have_two(f.io);
  int have_two = 0;
  script_collect(f,
                 [&](std::string attempt, greeter_server_call& c) -> awaitable<result<HelloReply>> {
                   std::string all;
                   while (auto r = co_await c.read()) {
                     all += r->name();
                     if (all == "ab" && ++have_two == 2) both_have_two.now();
                   }
                   if (attempt == "-") {
                     first = all;
                     co_await f.hang();
                   }
                   while (first.empty()) co_await pause(1ms);
                   co_return reply(all + " to " + attempt);
                 });
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    greeter_call call = f.stub->CollectNames();
    EXPECT_TRUE(co_await call.write(request("a")));
    EXPECT_TRUE(co_await call.write(request("b")));
    co_await both_have_two.wait();
    EXPECT_TRUE(co_await call.write(request("c")));
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), "abc to 1"));
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(first, "abc");
    co_await f.until([&] { return f.cancelled == 1; });
  });
}

TEST(a_hedged_stream, goes_on_when_one_of_its_servers_does_not_read) {
  channel_options options = quick_channel();
  options.retry_buffer_size = 4U << 20;
  hedged_fleet f(2, hedging(2, "0.02s"), options);
  constexpr std::size_t messages = 24;  // twice what fits into a stream's window
  script_collect(f,
                 [&](std::string attempt, greeter_server_call& c) -> awaitable<result<HelloReply>> {
                   if (attempt == "-") {
                     co_await f.hang();
                     co_return reply("");
                   }
                   std::size_t all = 0;
                   while (auto r = co_await c.read()) all += r->name().size();
                   co_return reply(std::to_string(all));
                 });
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    greeter_call call = f.stub->CollectNames();
    for (std::size_t i = 0; i < messages; ++i) {
      EXPECT_TRUE(co_await call.write(request(std::string(100'000, 'x'))));
    }
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), std::to_string(messages * 100'000)));
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_hedged_stream, keeps_one_attempt_when_more_is_written_than_its_buffer_holds) {
  channel_options options = quick_channel();
  options.retry_buffer_size = 100;
  hedged_fleet f(3, hedging(3, "0.01s", unavailable), options);
  int reading = 0;
  int ended = 0;
  script_collect(f, [&](std::string, greeter_server_call& c) -> awaitable<result<HelloReply>> {
    ++reading;
    std::size_t all = 0;
    try {
      while (auto r = co_await c.read()) all += r->name().size();
    } catch (const std::system_error&) {
      all = 0;
    }
    ++ended;
    co_return reply(std::to_string(all));
  });
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(3);
    greeter_call call = f.stub->CollectNames();
    EXPECT_TRUE(co_await call.write(request("a")));
    co_await f.until([&] { return reading == 3; });
    EXPECT_TRUE(co_await call.write(request(std::string(200, 'x'))));
    co_await f.until([&] { return ended == 2; });
    EXPECT_TRUE(co_await call.write(request("b")));
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), "202"));
    EXPECT_TRUE((co_await call.finish()).ok());
  });
  EXPECT_EQ(f.counted("grpc.client.attempt.duration", "CollectNames"), "OK 1, CANCELLED 2");
  EXPECT_EQ(f.counted("grpc.client.call.duration", "CollectNames"), "OK 1");
}

TEST(a_hedged_stream, may_outgrow_its_buffer_between_two_attempts) {
  channel_options options = quick_channel();
  options.retry_buffer_size = 100;
  hedged_fleet f(1, hedging(3, "30s", unavailable), options);
  bool refused = false;
  for (auto& s : f.servers) {
    s->greeter.collect = [&](server_context& context,
                             greeter_server_call& c) -> awaitable<result<HelloReply>> {
      f.note("a", context);
      if (std::exchange(refused, true)) co_return co_await scripted_greeter::join(c);
      context.add_trailing_metadata("grpc-retry-pushback-ms", "200");
      co_return codec::unexpected{status(status_code::unavailable, "not now")};
    };
  }
  f.play([&]() -> awaitable<void> {
    greeter_call call = f.stub->CollectNames();
    EXPECT_TRUE(co_await call.write(request("a")));
    co_await f.until([&] {
      return f.counted("grpc.client.attempt.duration", "CollectNames") == "UNAVAILABLE 1";
    });
    EXPECT_TRUE(co_await call.write(request(std::string(200, 'x'))));
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), "a" + std::string(200, 'x')));
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(f.seen, "-1");
  });
}

TEST(a_hedged_stream, that_is_written_to_before_there_are_servers_begins_with_all_of_it) {
  hedged_fleet f(1, hedging(3, "30s"));
  f.play([&]() -> awaitable<void> {
    greeter_call call = f.stub->CollectNames();
    EXPECT_TRUE(co_await call.write(request("a")));
    EXPECT_TRUE(co_await call.write(request("b")));
    EXPECT_EQ((co_await call.flow_control()).queued, 0U);
    call.writes_done();
    EXPECT_TRUE(says(co_await call.read(), "ab"));
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_hedged_call_under_way, ends_once_with_its_channel) {
  hedged_fleet f(2, hedging(2, "0.01s"));
  f.script = [&](std::string, server_context&) -> awaitable<result<HelloReply>> {
    co_await f.hang();
    co_return reply("late");
  };
  int ends = 0;
  status last;
  f.stub->SayHello(request("slow"), [&](status s, HelloReply) {
    ++ends;
    last = std::move(s);
  });
  ASSERT_TRUE(run_until(f.io, [&] { return f.hanging == 2; }));
  f.channel->shutdown();
  ASSERT_TRUE(run_until(f.io, [&] { return ends != 0 && f.cancelled == 2; }));
  f.io.run_for(20ms);
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(last.code(), status_code::unavailable) << describe(last);
}

TEST(a_hedged_call_under_way, ends_with_its_channel_while_no_attempt_runs) {
  hedged_fleet f(1, hedging(2, "30s", unavailable));
  f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
    context.add_trailing_metadata("grpc-retry-pushback-ms", "30000");
    co_return codec::unexpected{status(status_code::unavailable, "not now")};
  };
  std::optional<status> end;
  f.stub->SayHello(request("bad"), [&](status s, HelloReply) { end = std::move(s); });
  ASSERT_TRUE(run_until(f.io, [&] { return !f.seen.empty(); }));
  f.io.run_for(50ms);
  EXPECT_FALSE(end);
  f.channel->shutdown();
  ASSERT_TRUE(run_until(f.io, [&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), status_code::unavailable) << describe(*end);
}

/// Leaks are found by the address sanitizer.
TEST(a_hedged_call_under_way, goes_with_the_io_context) {
  for (const bool under_way : {true, false}) {
    hedged_fleet f(2, hedging(3, under_way ? "0.01s" : "30s", unavailable));
    f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
      if (under_way) co_await f.hang();
      context.add_trailing_metadata("grpc-retry-pushback-ms", "30000");
      co_return codec::unexpected{status(status_code::unavailable, "not now")};
    };
    asio::co_spawn(
        f.io,
        [](Greeter::stub stub) -> awaitable<void> {
          (void)co_await stub.SayHello(request("slow"));
          ADD_FAILURE() << "has ended";
        }(*f.stub),
        asio::detached);
    ASSERT_TRUE(run_until(f.io, [&] { return under_way ? f.hanging == 3 : !f.seen.empty(); }));
    f.io.run_for(20ms);
  }
}

}  // namespace
}  // namespace grpcwire::tests
