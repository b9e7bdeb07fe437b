// Channels that share their connections (rpc/subchannel_pool.hpp).

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>

#include <grpcwire/rpc/health_service.hpp>
#include <grpcwire/rpc/subchannel_pool.hpp>

#include "tests/support/e2e_fleet.hpp"

namespace grpcwire::tests {
namespace {

/// A channel of the pool, and its stub.
struct guest {
  guest(const std::shared_ptr<subchannel_pool>& pool, const std::string& target,
        channel_options options = quick_channel())
      : channel(std::in_place, pool->executor(), target, in(pool, std::move(options))),
        stub(std::in_place, *channel) {}
  static channel_options in(const std::shared_ptr<subchannel_pool>& pool, channel_options options) {
    options.pool = pool;
    return options;
  }
  awaitable<std::string> asks(std::string name = "x") {
    const auto [end, answer] = co_await stub->SayHello(request(std::move(name)));
    co_return end.ok() ? answer.message() : describe(end);
  }
  void leave() {
    stub.reset();
    channel.reset();
  }

  std::optional<grpcwire::channel> channel;
  std::optional<Greeter::stub> stub;
};

/// A server, a pool, and what came of the calls.
struct pool_world {
  asio::io_context io;
  named_server a{io, "a"};
  std::shared_ptr<subchannel_pool> pool =
      std::make_shared<subchannel_pool>(io.get_executor(), threading::one);

  std::size_t connections() { return a.server->connection_count(); }
  awaitable<void> until_connections(std::size_t count) {
    while (connections() != count) co_await pause(1ms);
  }
  template <class Body>
  void play(Body body) {
    tests::play(io, std::move(body));
  }
};

channel_options balanced(std::string policy) {
  channel_options options = quick_channel();
  options.load_balancing = std::move(policy);
  return options;
}

TEST(a_subchannel_pool, gives_all_its_channels_one_connection_to_a_server) {
  pool_world w;
  guest one(w.pool, w.a.address);
  guest two(w.pool, w.a.address);
  guest list(w.pool, "ipv4:" + w.a.address, balanced("round_robin"));
  channel outside(w.io, w.a.address, quick_channel());
  w.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await one.asks(), "a");
    EXPECT_EQ(co_await two.asks(), "a");
    EXPECT_EQ(co_await list.asks(), "a");
    EXPECT_EQ(w.connections(), 1U);
    const auto [end, answer] = co_await Greeter::stub(outside).SayHello(request("x"));
    EXPECT_TRUE(end.ok()) << describe(end);
    EXPECT_EQ(w.connections(), 2U) << "the one outside has its own";
  });
}

TEST(a_subchannel_pool, shares_an_attempt_that_is_on_its_way) {
  pool_world w;
  guest one(w.pool, w.a.address);
  guest two(w.pool, w.a.address);
  w.play([&]() -> awaitable<void> {
    const auto [first, second] = co_await (one.asks() && two.asks());
    EXPECT_EQ(first + second, "aa");
    EXPECT_EQ(w.connections(), 1U);
  });
}

TEST(a_subchannel_pool, keeps_apart_what_asks_for_another_kind_of_connection) {
  pool_world w;
  guest one(w.pool, w.a.address);
  channel_options watchful = quick_channel();
  watchful.keepalive.time = 1h;
  guest two(w.pool, w.a.address, watchful);
  channel_options roomy = quick_channel();
  roomy.session.stream_window = 4U << 20;
  guest three(w.pool, w.a.address, roomy);
  channel_options other_calls = quick_channel();  // this is no matter of the connection
  other_calls.authority = "another.example";
  other_calls.max_receive_message_size = 100;
  guest four(w.pool, w.a.address, other_calls);
  w.play([&]() -> awaitable<void> {
    for (guest* g : {&one, &two, &three, &four}) {
      const std::string answer = co_await g->asks();
      EXPECT_EQ(answer, "a");
    }
    EXPECT_EQ(w.connections(), 3U);
  });
}

TEST(a_subchannel_pool, ends_only_the_calls_of_the_channel_that_is_shut_down) {
  pool_world w;
  guest one(w.pool, w.a.address);
  guest two(w.pool, w.a.address);
  w.play([&]() -> awaitable<void> {
    auto mine = one.stub->SayHelloBidiStream();
    auto yours = two.stub->SayHelloBidiStream();
    co_await mine.write(request("1"));
    co_await yours.write(request("2"));
    const auto heard = co_await mine.read();
    EXPECT_TRUE(says(heard, "1"));
    one.leave();
    const status end = co_await mine.finish();
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_NE(end.message().find("the channel was shut down"), std::string::npos) << describe(end);
    const auto still = co_await yours.read();
    EXPECT_TRUE(says(still, "2"));
    co_await yours.write(request("3"));
    const auto on = co_await yours.read();
    EXPECT_TRUE(says(on, "3"));
    yours.writes_done();
    const status well = co_await yours.finish();
    EXPECT_TRUE(well.ok()) << describe(well);
    EXPECT_EQ(w.connections(), 1U);
    two.leave();
    co_await w.until_connections(0);
  });
}

TEST(a_subchannel_pool, closes_a_connection_with_its_last_channel_and_makes_another_one_later) {
  pool_world w;
  w.play([&]() -> awaitable<void> {
    for (int round = 0; round < 3; ++round) {
      guest one(w.pool, w.a.address);
      guest two(w.pool, w.a.address);
      const std::string first = co_await one.asks();
      const std::string second = co_await two.asks();
      EXPECT_EQ(first + second, "aa");
      one.leave();
      EXPECT_EQ(w.connections(), 1U);
      two.leave();
      co_await w.until_connections(0);
    }
  });
}

TEST(a_subchannel_pool, keeps_a_connection_that_one_channel_needs_while_another_is_IDLE) {
  pool_world w;
  channel_options sleepy = quick_channel();
  sleepy.idle_timeout = 20ms;
  guest one(w.pool, w.a.address, sleepy);
  guest two(w.pool, w.a.address);
  w.play([&]() -> awaitable<void> {
    const std::string first = co_await one.asks();
    const std::string second = co_await two.asks();
    EXPECT_EQ(first + second, "aa");
    while (one.channel->state() != channel_state::idle) co_await pause(1ms);
    EXPECT_EQ(w.connections(), 1U);
    EXPECT_EQ(two.channel->state(), channel_state::ready);
    const std::string again = co_await one.asks();
    EXPECT_EQ(again, "a");
    EXPECT_EQ(one.channel->state(), channel_state::ready);
    two.leave();
    while (one.channel->state() != channel_state::idle) co_await pause(1ms);
    co_await w.until_connections(0);
    const std::string once_more = co_await one.asks();
    EXPECT_EQ(once_more, "a");
  });
}

TEST(a_subchannel_pool, makes_one_attempt_after_another_for_all_that_wait) {
  pool_world w;
  const std::string address = w.a.address;
  w.a.server.reset();
  guest one(w.pool, address);
  guest two(w.pool, address, balanced("round_robin"));
  w.play([&]() -> awaitable<void> {
    const std::string refused = co_await one.asks();
    EXPECT_NE(refused.find("UNAVAILABLE"), std::string::npos) << refused;
    const std::string refused_too = co_await two.asks();
    EXPECT_NE(refused_too.find("UNAVAILABLE"), std::string::npos) << refused_too;
    const named_server back(w.io, "back", address);
    call_options patient;
    patient.wait_for_ready = true;
    const auto [first, answer] = co_await one.stub->SayHello(request("x"), patient);
    const auto [second, too] = co_await two.stub->SayHello(request("x"), patient);
    EXPECT_EQ(answer.message() + too.message(), "backback") << describe(first) << describe(second);
    EXPECT_EQ(back.server->connection_count(), 1U);
    one.leave();
    two.leave();
    while (back.server->connection_count() != 0) co_await pause(1ms);
  });
}

/// Sends every call to the only backend, and counts what it hears of their ends.
struct counting_policy final : every_backend {
  explicit counting_policy(int& count) : ends(count) {}
  backend& among(const std::vector<backend*>& ready, const pick_request&) override {
    return *ready.front();
  }
  void ended(backend&, const call_outcome&) override { ++ends; }
  bool wants_outcomes() const override { return true; }
  int& ends;
};

channel_options counting(int& ends) {
  channel_options options = balanced("counting");
  options.load_balancers = {{.name = "counting", .make = [&ends](std::string_view) {
                               return std::make_unique<counting_policy>(ends);
                             }}};
  return options;
}

TEST(a_subchannel_pool, tells_each_policy_of_the_calls_of_its_own_channel) {
  pool_world w;
  int of_one = 0;
  int of_two = 0;
  guest deaf(w.pool, w.a.address);
  guest one(w.pool, w.a.address, counting(of_one));
  guest two(w.pool, w.a.address, counting(of_two));
  w.play([&]() -> awaitable<void> {
    const std::string before = co_await deaf.asks();
    for (int i = 0; i < 5; ++i) co_await one.asks();
    for (int i = 0; i < 7; ++i) co_await two.asks();
    EXPECT_EQ(before, "a");
    EXPECT_EQ(of_one, 5);
    EXPECT_EQ(of_two, 7);
    EXPECT_EQ(w.connections(), 1U);
  });
}

TEST(a_subchannel_pool, sends_of_each_channel_who_it_is) {
  pool_world w;
  std::string said;
  w.a.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    const auto agent = context.request_metadata().get("user-agent");
    said = std::string(agent.value_or(""));
    co_return reply("");
  };
  const auto named = [](std::string agent) {
    channel_options options = quick_channel();
    options.user_agent = std::move(agent);
    return options;
  };
  guest stays(w.pool, w.a.address, named("the one that stays and is first"));
  w.play([&]() -> awaitable<void> {
    for (int i = 0; i < 40; ++i) {  // as long as one another: memory of one may be the next one's
      const std::string agent = "a visitor that leaves, number " + std::to_string(10 + i);
      guest visitor(w.pool, w.a.address, named(agent));
      co_await visitor.asks();
      EXPECT_EQ(said.substr(0, agent.size()), agent);
      co_await stays.asks();
      EXPECT_EQ(said.substr(0, 12), "the one that");
    }
    EXPECT_EQ(w.connections(), 1U);
  });
}

TEST(a_subchannel_pool, lets_each_channel_follow_its_own_resolver) {
  told_resolver of_one;
  told_resolver of_two;
  pool_world w;
  named_server b(w.io, "b");
  const auto follow = [&](told_resolver& names) {
    channel_options options = balanced("round_robin");
    options.resolvers = {names.scheme()};
    return options;
  };
  guest one(w.pool, "test:///x", follow(of_one));
  guest two(w.pool, "test:///x", follow(of_two));
  const endpoint at_a{.addresses = {w.a.address}};
  const endpoint at_b{.addresses = {b.address}};
  of_one.tell(resolution{.endpoints = {at_a, at_b}});
  of_two.tell(resolution{.endpoints = {at_b}});
  w.play([&]() -> awaitable<void> {
    std::string heard;
    while (heard.find('a') == std::string::npos || heard.find('b') == std::string::npos) {
      heard += co_await one.asks();
    }
    const std::string second = co_await two.asks();
    EXPECT_EQ(second, "b");
    EXPECT_EQ(b.server->connection_count(), 1U);
    auto running = one.stub->SayHelloBidiStream();  // may be at b, which one loses now
    co_await running.write(request("still"));
    of_one.tell(resolution{.endpoints = {at_a}});
    const auto still = co_await running.read();
    EXPECT_TRUE(says(still, "still"));
    running.writes_done();
    const status end = co_await running.finish();
    EXPECT_TRUE(end.ok()) << describe(end);
    for (int i = 0; i < 4; ++i) {
      const std::string only = co_await one.asks();
      EXPECT_EQ(only, "a");
    }
    const std::string unharmed = co_await two.asks();
    EXPECT_EQ(unharmed, "b");
    EXPECT_EQ(b.server->connection_count(), 1U);
    two.leave();
    while (b.server->connection_count() != 0) co_await pause(1ms);
    one.leave();
    co_await w.until_connections(0);
  });
}

TEST(a_subchannel_pool, lets_every_channel_ask_for_the_health_it_wants) {
  pool_world w;
  health_service health;
  named_server b(w.io, "b", "127.0.0.1:0", {}, &health);
  health.set_status("well", serving_status::serving);
  health.set_status("sick", serving_status::not_serving);
  const auto checks = [](const std::string& service) {
    channel_options options = balanced("round_robin");
    options.service_config = R"({"loadBalancingConfig":[{"round_robin":{}}],)"
                             R"("healthCheckConfig":{"serviceName":")" +
                             service + "\"}}";
    return options;
  };
  guest well(w.pool, b.address, checks("well"));
  guest sick(w.pool, b.address, checks("sick"));
  w.play([&]() -> awaitable<void> {
    const std::string answer = co_await well.asks();
    EXPECT_EQ(answer, "b");
    const std::string refusal = co_await sick.asks();
    EXPECT_NE(refusal.find("UNAVAILABLE"), std::string::npos) << refusal;
    EXPECT_EQ(b.server->connection_count(), 1U);
    well.leave();
    sick.leave();
    while (b.server->connection_count() != 0) co_await pause(1ms);
  });
}

TEST(a_subchannel_pool, may_outlive_its_io_context_in_the_middle_of_calls) {
  std::shared_ptr<subchannel_pool> pool;
  std::optional<guest> one;
  std::optional<guest> two;
  std::optional<greeter_call> running;
  {
    asio::io_context io;
    named_server a(io, "a");
    pool = std::make_shared<subchannel_pool>(io.get_executor());
    one.emplace(pool, a.address);
    two.emplace(pool, a.address, balanced("round_robin"));
    play(io, [&]() -> awaitable<void> {
      running.emplace(two->stub->SayHelloBidiStream());
      const std::string answer = co_await one->asks();
      EXPECT_EQ(answer, "a");
      co_await running->write(request("1"));
    });
  }
  running.reset();
  one->leave();
  two->leave();
  EXPECT_EQ(pool.use_count(), 1);
}

TEST(a_subchannel_pool, lets_another_thread_wait_for_calls_of_its_channels) {
  pool_world w;
  channel_options options = quick_channel();
  options.pool = w.pool;
  std::string answer;
  {
    auto work = asio::make_work_guard(w.io);
    std::thread runner([&] { w.io.run(); });
    channel without_executor(w.a.address, options);
    const auto [end, reply] = Greeter::stub(without_executor).SayHello(request("x"), blocking);
    answer = end.ok() ? reply.message() : describe(end);
    work.reset();
    w.io.stop();
    runner.join();
  }
  EXPECT_EQ(answer, "a");
}

}  // namespace
}  // namespace grpcwire::tests
