// Unary calls that are hedged: another server is asked while the first one has not answered.

#include <string>

#include <gmock/gmock.h>

#include "tests/support/e2e_hedging.hpp"
#include "tests/support/e2e_raw_peer.hpp"

namespace grpcwire::tests {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using transport::frames;

result<HelloReply> refusal(server_context& context, status_code code, std::string pushback = {}) {
  if (!pushback.empty()) context.add_trailing_metadata("grpc-retry-pushback-ms", pushback);
  return codec::unexpected{status(code, "not now")};
}

TEST(a_hedged_call, is_answered_by_another_server_when_the_first_one_is_slow) {
  hedged_fleet f(2, hedging(2, "0.02s"));
  f.script = [&](std::string attempt, server_context&) -> awaitable<result<HelloReply>> {
    if (attempt == "-") co_await f.hang();
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    call_info info;
    const auto [end, answer] = co_await f.stub->SayHello(request("slow"), {.info = &info});
    EXPECT_TRUE(end.ok()) << describe(end);
    EXPECT_EQ(answer.message(), "attempt 1");
    EXPECT_EQ(info.previous_attempts, 1U);
    EXPECT_EQ(f.seen, "-1");
    EXPECT_THAT(f.asked, AnyOf("ab", "ba"));
    EXPECT_EQ(info.peer, f.servers[f.asked == "ab" ? 1 : 0]->address);
    co_await f.until([&] { return f.cancelled == 1; });
  });
}

TEST(a_hedged_call, is_made_once_when_the_first_server_is_fast) {
  hedged_fleet f(2, hedging(5, "30s"));
  f.script = [&](std::string attempt, server_context&) -> awaitable<result<HelloReply>> {
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      const auto [end, answer] = co_await f.stub->SayHello(request("fast"));
      EXPECT_EQ(answer.message(), "attempt -") << describe(end);
    }
    EXPECT_EQ(f.seen, "---");
  });
}

TEST(a_hedged_call, is_sent_to_all_at_once_without_a_delay) {
  hedged_fleet f(3, hedging(3, "0s"));
  f.script = [&](std::string attempt, server_context&) -> awaitable<result<HelloReply>> {
    if (attempt != "2") co_await f.hang();
    while (f.hanging < 2 && f.cancelled == 0) co_await pause(1ms);
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    const auto [end, answer] = co_await f.stub->SayHello(request("slow"));
    EXPECT_EQ(answer.message(), "attempt 2") << describe(end);
    co_await f.until([&] { return f.cancelled == 2; });
    EXPECT_EQ(f.hanging, 0);
  });
}

TEST(a_hedged_call, asks_the_next_server_at_once_when_one_fails_without_harm) {
  hedged_fleet f(2, hedging(4, "30s", unavailable));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt != "2") co_return refusal(context, status_code::unavailable);
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    const auto [end, answer] = co_await f.stub->SayHello(request("bad"), {.deadline = 20s});
    EXPECT_EQ(answer.message(), "attempt 2") << describe(end);
    EXPECT_EQ(f.seen, "-12");
  });
}

TEST(a_hedged_call, ends_with_the_last_failure_when_all_attempts_fail) {
  hedged_fleet f(1, hedging(9, "30s", unavailable));
  f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
    co_return refusal(context, status_code::unavailable);
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad")));
    EXPECT_EQ(end.code(), status_code::unavailable) << describe(end);
    EXPECT_EQ(end.message(), "not now");
    EXPECT_EQ(f.seen, "-1234") << "five attempts, whatever the policy says";
  });
}

TEST(a_hedged_call, ends_with_a_fatal_failure_whatever_else_is_under_way) {
  hedged_fleet f(2, hedging(5, "0.02s", unavailable));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt == "-") co_await f.hang();
    co_return refusal(context, status_code::aborted);
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad")));
    EXPECT_EQ(end.code(), status_code::aborted) << describe(end);
    co_await f.until([&] { return f.cancelled == 1; });
  });
}

/// The second server refuses with this push-back: the first one answers, and no other is asked.
void expect_no_third_attempt(const std::string& pushback) {
  hedged_fleet f(2, hedging(5, "0.02s", unavailable));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt != "-") co_return refusal(context, status_code::unavailable, pushback);
    while (f.seen == "-") co_await pause(1ms);
    co_await pause(200ms);  // others would begin
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    const auto [end, answer] = co_await f.stub->SayHello(request("slow"));
    EXPECT_EQ(answer.message(), "attempt -") << describe(end);
    EXPECT_EQ(f.seen, "-1");
  });
}

TEST(a_hedged_call, has_no_more_attempts_when_a_server_forbids_them) {
  expect_no_third_attempt("-1");
}

TEST(a_hedged_call, ends_when_the_only_server_asked_forbids_more) {
  hedged_fleet f(2, hedging(5, "30s", unavailable));
  f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
    co_return refusal(context, status_code::unavailable, "-1");
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad")));
    EXPECT_EQ(end.code(), status_code::unavailable) << describe(end);
    EXPECT_EQ(f.seen, "-");
  });
}

TEST(a_hedged_call, waits_with_the_next_attempt_as_long_as_a_server_asks) {
  expect_no_third_attempt("30000");
}

TEST(a_hedged_call, begins_its_next_attempt_after_the_time_that_a_server_asks_for) {
  hedged_fleet f(2, hedging(5, "30s", unavailable));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt == "-") co_return refusal(context, status_code::unavailable, "60");
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    const auto begin = std::chrono::steady_clock::now();
    const auto [end, answer] = co_await f.stub->SayHello(request("bad"), {.deadline = 20s});
    EXPECT_EQ(answer.message(), "attempt 1") << describe(end);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 60ms);
  });
}

TEST(a_hedged_call, has_one_attempt_while_half_of_the_tokens_are_gone) {
  hedged_fleet f(2, hedging(5, "0.02s", unavailable,
                            R"("retryThrottling": {"maxTokens": 2, "tokenRatio": 0.1})"));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (f.seen == "-") co_return refusal(context, status_code::unavailable);
    co_await pause(200ms);  // others would begin
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad")));
    EXPECT_EQ(end.code(), status_code::unavailable) << "one of two tokens is half";
    const auto answer = std::get<1>(co_await f.stub->SayHello(request("slow")));
    EXPECT_EQ(answer.message(), "attempt -");
    EXPECT_EQ(f.seen, "--");
  });
}

TEST(a_hedged_call, has_one_deadline_for_all_attempts) {
  hedged_fleet f(2, hedging(3, "0.02s", R"("DEADLINE_EXCEEDED", "CANCELLED")"));
  f.script = [&](std::string, server_context&) -> awaitable<result<HelloReply>> {
    co_await f.hang();
    co_return reply("late");
  };
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    const auto end = std::get<0>(co_await f.stub->SayHello(request("slow"), {.deadline = 300ms}));
    EXPECT_EQ(end.code(), status_code::deadline_exceeded) << describe(end);
    co_await f.until([&] { return f.hanging == 0; });
    EXPECT_EQ(f.cancelled, static_cast<int>(f.seen.size()));
  });
}

TEST(a_hedged_call, keeps_its_deadline_while_nothing_is_under_way) {
  hedged_fleet f(1, hedging(3, "30s", unavailable));
  f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
    co_return refusal(context, status_code::unavailable, "30000");
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad"), {.deadline = 100ms}));
    EXPECT_EQ(end.code(), status_code::deadline_exceeded) << describe(end);
    EXPECT_EQ(f.seen, "-");
  });
}

TEST(a_hedged_call, is_cancelled_on_every_server) {
  hedged_fleet f(3, hedging(3, "0.01s"));
  f.script = [&](std::string, server_context&) -> awaitable<result<HelloReply>> {
    co_await f.hang();
    co_return reply("late");
  };
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(3);
    const auto all_hang = [&]() -> awaitable<void> {
      while (f.hanging < 3) co_await pause(1ms);
    };
    const auto first = co_await (f.stub->SayHello(request("slow")) || all_hang());
    EXPECT_EQ(first.index(), 1U);
    co_await f.until([&] { return f.cancelled == 3; });
  });
}

TEST(a_hedged_call, counts_each_attempt_and_one_call) {
  hedged_fleet f(2, hedging(3, "0.01s", unavailable));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt == "-") co_await f.hang();
    if (attempt == "1") co_return refusal(context, status_code::unavailable);
    co_return reply("attempt " + attempt);
  };
  f.play([&]() -> awaitable<void> {
    const auto [end, answer] = co_await f.stub->SayHello(request("slow"));
    EXPECT_EQ(answer.message(), "attempt 2") << describe(end);
  });
  EXPECT_EQ(f.counted("grpc.client.attempt.started", "SayHello"), "3");
  EXPECT_EQ(f.counted("grpc.client.attempt.duration", "SayHello"),
            "OK 1, CANCELLED 1, UNAVAILABLE 1");
  EXPECT_EQ(f.counted("grpc.client.call.duration", "SayHello"), "OK 1");
}

TEST(a_hedged_call, that_is_larger_than_its_buffer_has_one_attempt) {
  channel_options options = quick_channel();
  options.retry_buffer_size = 100;
  hedged_fleet f(2, hedging(3, "0.01s", unavailable), options);
  f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
    co_await pause(100ms);  // others would begin
    co_return refusal(context, status_code::unavailable);
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request(std::string(200, 'y'))));
    EXPECT_EQ(end.code(), status_code::unavailable) << describe(end);
    EXPECT_EQ(f.seen, "-");
  });
  EXPECT_EQ(f.counted("grpc.client.attempt.duration", "SayHello"), "UNAVAILABLE 1");
}

TEST(a_hedged_call, is_not_hedged_while_it_waits_for_a_connection) {
  hedged_fleet f(1, hedging(5, "0.01s"));
  const std::string address = f.servers[0]->address;
  f.servers.clear();
  f.play([&]() -> awaitable<void> {
    std::optional<status> end;
    HelloReply answer;
    f.stub->SayHello(request("early"), {.wait_for_ready = true}, [&](status s, HelloReply r) {
      end = std::move(s);
      answer = std::move(r);
    });
    co_await pause(200ms);
    EXPECT_EQ(f.counted("grpc.client.attempt.started", "SayHello"), "1");
    EXPECT_FALSE(end);
    f.servers.push_back(std::make_unique<named_server>(f.io, "late", address));
    co_await f.until([&] { return end.has_value(); });
    EXPECT_EQ(answer.message(), "late") << describe(*end);
  });
}

TEST(a_hedged_call, that_no_server_can_take_fails_without_harm) {
  hedged_fleet f(1, hedging(3, "30s", unavailable));
  f.servers.clear();
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("x"), {.deadline = 20s}));
    EXPECT_EQ(end.code(), status_code::unavailable) << describe(end);
  });
  EXPECT_EQ(f.counted("grpc.client.attempt.duration", "SayHello"), "UNAVAILABLE 3");
}

TEST(an_attempt_that_no_server_looked_at, is_sent_again_as_the_same_attempt) {
  asio::io_context io;
  raw_listener listener(io);
  channel_options options = quick_channel();
  options.service_config = hedging(3, "30s");
  const channel c(io, listener.address(), options);
  Greeter::stub stub(c);
  play(io, [&]() -> awaitable<void> {
    std::optional<status> end;
    HelloReply answer;
    stub.SayHello(request("x"), [&](status s, HelloReply r) {
      end = std::move(s);
      answer = std::move(r);
    });
    {
      raw_peer refusing = co_await listener.accept();
      co_await refusing.send(frames().settings().settings_ack());
      (void)co_await refusing.next("DATA");
      co_await refusing.send(frames().goaway(0, 0, "not today"));
      co_await refusing.drain();
    }
    raw_peer server = co_await listener.accept();
    co_await server.send(frames().settings().settings_ack());
    const std::string head = co_await server.next("HEADERS");
    EXPECT_THAT(head, testing::Not(HasSubstr("grpc-previous-rpc-attempts")));
    const std::string data = co_await server.next("DATA");
    EXPECT_THAT(data, HasSubstr("DATA 1 end")) << "with its message";
    const std::vector<codec::header_view> begin{{":status", "200"},
                                                {"content-type", "application/grpc"}};
    const std::vector<codec::header_view> trailers{{"grpc-status", "0"}};
    co_await server.send(
        frames().headers(1, begin).data(1, framed(reply("at last"))).headers(1, trailers, 5));
    while (!end) co_await pause(1ms);
    EXPECT_EQ(answer.message(), "at last") << describe(*end);
  });
}

TEST(hedged_calls, end_exactly_once_whatever_their_attempts_do) {
  constexpr int calls = 300;
  hedged_fleet f(3, hedging(4, "0.001s", unavailable));
  int number = 0;
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    switch (number++ % 7) {
      case 0:
        co_return refusal(context, status_code::unavailable);
      case 1:
        co_return refusal(context, status_code::unavailable, "2");
      case 2:
        co_return refusal(context, status_code::aborted);
      case 3:
        co_await f.hang();
        break;
      case 4:
        co_await pause(2ms);
        break;
      case 5:
        co_return refusal(context, status_code::unavailable, "-1");
      default:
        break;
    }
    co_return reply("attempt " + attempt);
  };
  std::vector<int> ends(calls);
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(3);
    for (int i = 0; i < calls; ++i) {
      f.stub->SayHello(request("mixed"), {.deadline = 400ms},
                       [&ends, i](status, HelloReply) { ++ends[static_cast<std::size_t>(i)]; });
      if (i % 4 == 0) co_await pause(1ms);
    }
    co_await f.until([&] { return std::count(ends.begin(), ends.end(), 0) == 0; });
    co_await f.until([&] { return f.hanging == 0; });
  });
  EXPECT_EQ(std::count(ends.begin(), ends.end(), 1), calls);
  const auto snapshot = f.counts->snapshot();
  const auto total = [&](std::string_view metric) {
    std::uint64_t sum = 0;
    for (const metric_point& p : snapshot.find(metric)->points) sum += p.count;
    return sum;
  };
  EXPECT_EQ(total("grpc.client.attempt.started"), total("grpc.client.attempt.duration"));
  EXPECT_LT(total("grpc.client.call.duration"), total("grpc.client.attempt.duration"));
}

}  // namespace
}  // namespace grpcwire::tests
