// Limits of a whole server: connections, calls, and how far it may be behind with its work.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <asio/cancellation_state.hpp>
#include <asio/post.hpp>
#include <gmock/gmock.h>

#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/interceptor.hpp>
#include <grpcwire/rpc/server_connection.hpp>
#include <grpcwire/rpc/server_core.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"
#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using ::testing::HasSubstr;

server_options shedding(load_shedding how) {
  server_options options;
  options.shedding = std::move(how);
  return options;
}

/// Calls that the server has seen, also those that it refused.
std::uint64_t calls_seen(const server& s) {
  std::uint64_t sum = 0;
  for (const auto& c : s.core()->look().connections) sum += c->counters().calls_started;
  return sum;
}

TEST(a_server_with_all_its_connections, closes_the_next_one_and_says_so) {
  std::vector<connection_failure> told;
  server_options options;
  options.max_connections = 1;
  options.on_connection_failed = [&](const connection_failure& f) { told.push_back(f); };
  world w("127.0.0.1:0", options);
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    channel second(w.io, w.address, quick_channel());
    const auto [refused, nothing] = co_await Greeter::stub(second).SayHello(request("x"));
    EXPECT_EQ(refused.code(), status_code::unavailable) << describe(refused);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(w.server->connection_count(), 1U);
    w.stub.reset();
    w.channel.reset();
    const auto [served, answer] =
        co_await Greeter::stub(second).SayHello(request("x"), {.wait_for_ready = true});
    EXPECT_TRUE(served.ok()) << describe(served);
  });
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told[0].error, transport::transport_errc::too_many_connections);
  EXPECT_THAT(told[0].peer, HasSubstr("127.0.0.1:"));
  EXPECT_THAT(told[0].text, HasSubstr("as many connections as it may"));
  EXPECT_THAT(told[0].advice, HasSubstr("max_connections"));
  EXPECT_GE(w.server->core()->look().history.failures_seen, 1U) << "channelz shows it";
}

struct counting_interceptor final : server_interceptor {
  result<std::unique_ptr<server_call_hooks>> intercept(server_call_start&) override {
    ++calls;
    return nullptr;
  }
  int calls = 0;
};

TEST(a_server_with_all_its_calls, refuses_the_next_one_at_once) {
  auto counting = std::make_shared<counting_interceptor>();
  server_options options = shedding({.max_calls = 2, .retry_pushback = 250ms});
  options.interceptors = {counting};
  world w("127.0.0.1:0", options);
  happening release(w.io);
  w.greeter.hello = [&](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    co_await release.wait();
    co_return reply(r.name());
  };
  w.play([&]() -> awaitable<void> {
    channel other(w.io, w.address, quick_channel());
    Greeter::stub others(other);
    const auto held = [&](Greeter::stub& s) -> awaitable<void> {
      const auto [status, answer] = co_await s.SayHello(request("x"));
      EXPECT_TRUE(status.ok()) << describe(status);
    };
    const auto refused = [&]() -> awaitable<void> {
      while (w.greeter.calls != 2) co_await pause(1ms);
      for (Greeter::stub* s : {&*w.stub, &others}) {
        call_info info;
        const auto [status, answer] = co_await s->SayHello(request("x"), {.info = &info});
        EXPECT_EQ(status.code(), status_code::unavailable);
        EXPECT_THAT(status.message(), HasSubstr("2, server_options::shedding.max_calls"));
        EXPECT_EQ(info.trailing_metadata.get("grpc-retry-pushback-ms"), "250");
        greeter_call chat = s->SayHelloBidiStream();
        EXPECT_FALSE(co_await chat.read());
        EXPECT_EQ((co_await chat.finish()).code(), status_code::unavailable);
      }
      EXPECT_EQ(w.greeter.calls, 2);
      EXPECT_EQ(counting->calls, 2);
      release.now();
    };
    co_await (held(*w.stub) && held(others) && refused());
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok()) << "there is room again";
  });
}

TEST(a_server_with_all_its_calls, counts_those_whose_handlers_outlive_them) {
  world w("127.0.0.1:0", shedding({.max_calls = 1}));
  happening release(w.io);
  happening ended(w.io);
  w.greeter.hello = [&](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    if (r.name() == "stubborn") {
      co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      co_await release.wait();
      ended.now();
    }
    co_return reply(r.name());
  };
  w.play([&]() -> awaitable<void> {
    const auto [cancelled, nothing] =
        co_await w.stub->SayHello(request("stubborn"), {.deadline = 100ms});
    EXPECT_EQ(cancelled.code(), status_code::deadline_exceeded);
    while (w.greeter.calls != 1) co_await pause(1ms);
    const auto [refused, none] = co_await w.stub->SayHello(request("x"));
    EXPECT_EQ(refused.code(), status_code::unavailable) << describe(refused);
    release.now();
    co_await ended.wait();
    co_await pause(1ms);
    const auto [served, answer] = co_await w.stub->SayHello(request("x"));
    EXPECT_TRUE(served.ok()) << describe(served);
  });
}

TEST(a_server_with_all_its_calls, gets_them_again_after_the_push_back_it_sent) {
  world w("127.0.0.1:0", shedding({.max_calls = 1, .retry_pushback = 10ms}));
  channel_options options = quick_channel();
  options.service_config = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
      "maxAttempts": 2, "initialBackoff": "100s", "maxBackoff": "100s", "backoffMultiplier": 1,
      "retryableStatusCodes": ["UNAVAILABLE"]}}]})";
  w.connect(options);
  happening release(w.io);
  std::string attempts;
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    if (r.name() == "first") co_await release.wait();
    attempts += context.request_metadata().get("grpc-previous-rpc-attempts").value_or("-");
    co_return reply(r.name());
  };
  w.play([&]() -> awaitable<void> {
    const auto first = [&]() -> awaitable<void> {
      const auto [status, answer] = co_await w.stub->SayHello(request("first"));
      EXPECT_TRUE(status.ok()) << describe(status);
    };
    const auto second = [&]() -> awaitable<void> {
      while (w.greeter.calls != 1) co_await pause(1ms);
      const auto [status, answer] = co_await w.stub->SayHello(request("second"));
      EXPECT_TRUE(status.ok()) << describe(status);
    };
    const auto let_go = [&]() -> awaitable<void> {
      while (calls_seen(*w.server) != 2) co_await asio::post(asio::use_awaitable);
      release.now();
    };
    co_await (first() && second() && let_go());
  });
  EXPECT_EQ(attempts, "-1");
}

TEST(a_server_with_all_its_calls, answers_health_checks) {
  using ::grpc::health::v1::Health;
  asio::io_context io;
  scripted_greeter greeter;
  health_service health;
  server s(io, shedding({.max_calls = 0}));
  s.add(greeter);
  s.add(health);
  const std::string address = s.listen("127.0.0.1:0").value();
  const channel c(io, address, quick_channel());
  play(io, [&]() -> awaitable<void> {
    const auto [refused, nothing] = co_await Greeter::stub(c).SayHello(request("x"));
    EXPECT_EQ(refused.code(), status_code::unavailable);
    const auto [checked, answer] = co_await Health::stub(c).Check({});
    EXPECT_TRUE(checked.ok()) << describe(checked);
  });
}

TEST(a_server_that_is_behind_with_its_work, refuses_calls_until_it_is_not) {
  world w("127.0.0.1:0", shedding({.max_lag = 100ms}));
  loop_thread running(w.io);
  channel outside(w.address, quick_channel());
  Greeter::stub stub(outside);
  const auto until = std::chrono::steady_clock::now() + 60s;
  const auto status_becomes = [&](auto wanted, auto before_each) {
    status last;
    do {
      before_each();
      last = std::get<0>(stub.SayHello(request("x"), {.deadline = 20s}, blocking));
    } while (!wanted(last) && std::chrono::steady_clock::now() < until);
    return last;
  };
  const auto served = [](const status& s) { return s.ok(); };
  const auto refused = [](const status& s) { return s.code() == status_code::unavailable; };
  EXPECT_TRUE(status_becomes(served, [] {}).ok());
  const status why = status_becomes(refused, [&] {
    std::promise<void> busy;
    asio::post(w.io, [&busy] {
      busy.set_value();
      std::this_thread::sleep_for(400ms);
    });
    busy.get_future().wait();
  });
  EXPECT_EQ(why.code(), status_code::unavailable);
  EXPECT_THAT(why.message(), HasSubstr("ms behind with its work (100 ms are allowed"));
  EXPECT_TRUE(status_becomes(served, [] {}).ok());
}

TEST(a_server_that_watches_its_work, lets_its_loop_end) {
  world w("127.0.0.1:0", shedding({.max_lag = 2s}));
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    w.stub.reset();
    w.channel.reset();
    EXPECT_TRUE((co_await w.server->shutdown(10s)).ok());
  });
  w.io.restart();
  w.io.run();
}

}  // namespace
}  // namespace grpcwire::tests
