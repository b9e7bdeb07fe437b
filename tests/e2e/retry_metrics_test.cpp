// What metrics say of calls that had more than one attempt (gRPC A96).

#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "tests/support/e2e_hedging.hpp"
#include "tests/support/e2e_raw_peer.hpp"

namespace grpcwire::tests {
namespace {

using transport::frames;

const std::string retry_config = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 4, "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1,
    "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

/// Recordings and their sum; durations without it.
std::string recorded(const metrics& counts, const std::string& what) {
  const auto snapshot = counts.snapshot();
  const metric* m = snapshot.find("grpc.client.call." + what);
  if (m == nullptr) return "no such metric";
  if (m->points.empty()) return "-";
  EXPECT_EQ(m->points.size(), 1U);
  const metric_point& p = m->points[0];
  EXPECT_EQ(p.method, "helloworld.Greeter/SayHello");
  EXPECT_NE(p.target, "");
  EXPECT_FALSE(p.status);
  std::string text = std::to_string(p.count);
  if (m->unit != "s") text += ", " + std::to_string(static_cast<int>(p.sum));
  return text;
}

TEST(metrics_of_retries, count_how_often_calls_were_tried_again_and_how_long_they_waited) {
  hedged_fleet f(1, retry_config);
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt == "2") co_return reply("now");
    context.add_trailing_metadata("grpc-retry-pushback-ms", "20");
    co_return codec::unexpected{status(status_code::unavailable, "not now")};
  };
  const auto begin = std::chrono::steady_clock::now();
  f.play([&]() -> awaitable<void> {
    const auto first = co_await f.stub->SayHello(request("x"));
    EXPECT_TRUE(std::get<0>(first).ok());
    EXPECT_EQ(recorded(*f.counts, "retries"), "-") << "none is not recorded";
    EXPECT_EQ(recorded(*f.counts, "retry_delay"), "-");
    const auto second = co_await f.stub->SayHello(request("bad"));
    EXPECT_TRUE(std::get<0>(second).ok());
  });
  const std::chrono::duration<double> most = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(recorded(*f.counts, "retries"), "1, 2");
  EXPECT_EQ(recorded(*f.counts, "retry_delay"), "1");
  EXPECT_EQ(recorded(*f.counts, "hedges"), "-");
  EXPECT_EQ(recorded(*f.counts, "transparent_retries"), "-");
  const auto snapshot = f.counts->snapshot();
  const metric_point& delay = snapshot.find("grpc.client.call.retry_delay")->points.at(0);
  EXPECT_GE(delay.sum, 0.04) << "twice the push-back";
  EXPECT_LE(delay.sum, most.count());
  EXPECT_EQ(snapshot.find("grpc.client.call.retries")->points.at(0).buckets,
            (std::vector<std::uint64_t>{0, 1, 0, 0, 0, 0}));
}

TEST(metrics_of_retries, count_the_wait_of_a_call_that_ends_in_it) {
  hedged_fleet f(1, retry_config);
  f.script = [&](std::string, server_context& context) -> awaitable<result<HelloReply>> {
    context.add_trailing_metadata("grpc-retry-pushback-ms", "30000");
    co_return codec::unexpected{status(status_code::unavailable, "not now")};
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad"), {.deadline = 100ms}));
    EXPECT_EQ(end.code(), status_code::deadline_exceeded);
  });
  EXPECT_EQ(recorded(*f.counts, "retries"), "-");
  EXPECT_EQ(recorded(*f.counts, "retry_delay"), "1");
}

TEST(metrics_of_retries, count_the_attempts_of_hedged_calls_besides_the_first) {
  hedged_fleet f(2, hedging(3, "0.01s"));
  f.script = [&](std::string attempt, server_context&) -> awaitable<result<HelloReply>> {
    if (attempt != "2") co_await f.hang();
    co_return reply("now");
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("slow")));
    EXPECT_TRUE(end.ok()) << describe(end);
  });
  EXPECT_EQ(recorded(*f.counts, "hedges"), "1, 2");
  EXPECT_EQ(recorded(*f.counts, "retries"), "-");
  EXPECT_EQ(recorded(*f.counts, "retry_delay"), "-") << "one was always under way";
}

TEST(metrics_of_retries, count_the_wait_of_a_hedged_call_without_an_attempt) {
  hedged_fleet f(2, hedging(3, "30s", unavailable));
  f.script = [&](std::string attempt, server_context& context) -> awaitable<result<HelloReply>> {
    if (attempt == "1") co_return reply("now");
    context.add_trailing_metadata("grpc-retry-pushback-ms", "20");
    co_return codec::unexpected{status(status_code::unavailable, "not now")};
  };
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("bad")));
    EXPECT_TRUE(end.ok()) << describe(end);
  });
  EXPECT_EQ(recorded(*f.counts, "hedges"), "1, 1");
  EXPECT_EQ(recorded(*f.counts, "retry_delay"), "1");
  EXPECT_GE(f.counts->snapshot().find("grpc.client.call.retry_delay")->points.at(0).sum, 0.02);
}

TEST(metrics_of_retries, count_what_no_server_looked_at) {
  for (const std::string& config : {std::string("{}"), hedging(3, "30s")}) {
    const auto counts = std::make_shared<metrics>(metrics_settings{.retries = true});
    asio::io_context io;
    raw_listener listener(io);
    channel_options options = quick_channel();
    options.metrics = counts;
    options.service_config = config;
    const channel c(io, listener.address(), options);
    Greeter::stub stub(c);
    play(io, [&]() -> awaitable<void> {
      std::optional<status> end;
      stub.SayHello(request("x"), [&](status s, HelloReply) { end = std::move(s); });
      for (int i = 0; i < 2; ++i) {
        raw_peer server = co_await listener.accept();
        co_await server.send(frames().settings().settings_ack());
        (void)co_await server.next("DATA");
        co_await server.send(frames().goaway(0, 0, "not today"));
        co_await server.drain();
      }
      while (!end) co_await pause(1ms);
    });
    EXPECT_EQ(recorded(*counts, "transparent_retries"), "1, 1") << config;
    EXPECT_EQ(recorded(*counts, "retries"), "-");
    EXPECT_EQ(recorded(*counts, "hedges"), "-");
  }
}

}  // namespace
}  // namespace grpcwire::tests
