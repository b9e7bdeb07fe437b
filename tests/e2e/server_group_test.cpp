// Servers on one port, each with a loop and a thread of its own.
#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <asio/use_future.hpp>
#include <gmock/gmock.h>

#include <grpcwire/rpc/server_group.hpp>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

constexpr std::size_t members = 4;

struct running_group {
  explicit running_group(const server_options& options = {}) : group(members, options) {
    group.add(greeter);
    address = group.listen("127.0.0.1:0").value();
    group.start();
  }

  /// Connections until each member has one: the kernel deals them out by chance.
  std::vector<channel> reach_all() {
    std::vector<channel> reached;
    const auto all = [&] {
      for (std::size_t n = 0; n < group.size(); ++n) {
        if (group.member(n).connection_count() == 0) return false;
      }
      return true;
    };
    while (!all() && reached.size() < 500) {
      reached.emplace_back(address, quick_channel());
      EXPECT_TRUE(std::get<0>(Greeter::stub(reached.back()).SayHello(request("x"), blocking)).ok());
    }
    EXPECT_TRUE(all()) << reached.size() << " connections";
    return reached;
  }

  scripted_greeter greeter;
  server_group group;
  std::string address;
};

TEST(a_server_group, serves_one_port_on_all_its_threads) {
  running_group g;
  std::mutex mutex;
  std::set<std::thread::id> threads;
  g.greeter.hello = [&](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    co_return reply(r.name());
  };
  const std::vector<channel> channels = g.reach_all();
  EXPECT_EQ(threads.size(), members);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 0U);
  EXPECT_EQ(g.group.connection_count(), channels.size());
}

TEST(a_server_group, uses_one_channel_from_all_its_threads) {
  running_group behind;
  running_group front;
  const channel upstream(front.group.loop(0), behind.address, quick_channel());
  const Greeter::stub ask(upstream);
  front.greeter.hello = [&](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    const auto here = std::this_thread::get_id();
    Greeter::stub own = ask;
    auto [status, answer] = co_await own.SayHello(r, {.deadline = 60s});
    EXPECT_EQ(std::this_thread::get_id(), here) << "a call stays on its thread";
    if (!status.ok()) co_return codec::unexpected{status};
    co_return answer;
  };
  const std::vector<channel> channels = front.reach_all();
  std::vector<std::future<int>> results;
  for (const channel& c : channels) {
    results.push_back(std::async(std::launch::async, [stub = Greeter::stub(c)]() mutable {
      int good = 0;
      for (int i = 0; i < 50; ++i) {
        const auto [status, answer] = stub.SayHello(request("x"), {.deadline = 60s}, blocking);
        good += status.ok() && answer.message() == "Hello x";
      }
      return good;
    }));
  }
  for (auto& r : results) EXPECT_EQ(r.get(), 50);
  EXPECT_EQ(behind.group.connection_count(), 1U);
  front.group.stop();  // before its channel, which runs on one of its loops
}

TEST(a_server_group, that_shuts_down_waits_for_its_calls) {
  running_group g;
  std::atomic<bool> release = false;
  const std::vector<channel> channels = g.reach_all();
  g.greeter.hello = [&](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    while (!release) co_await pause(1ms);
    co_return reply(r.name());
  };
  const int before = g.greeter.calls;
  std::vector<std::future<status>> calls;
  for (const channel& c : channels) {
    calls.push_back(std::async(std::launch::async, [stub = Greeter::stub(c)]() mutable {
      return std::get<0>(stub.SayHello(request("x"), {.deadline = 60s}, blocking));
    }));
  }
  while (g.greeter.calls != before + static_cast<int>(channels.size())) {
    std::this_thread::sleep_for(1ms);
  }
  auto over = std::async(std::launch::async, [&] { g.group.shutdown(60s); });
  EXPECT_EQ(over.wait_for(50ms), std::future_status::timeout);
  release = true;
  over.get();
  for (auto& c : calls) {
    const status s = c.get();
    EXPECT_TRUE(s.ok()) << describe(s);
  }
  EXPECT_EQ(g.group.connection_count(), 0U);
  g.group.shutdown();  // nothing is left to do
}

TEST(a_server_group, that_shuts_down_waits_no_longer_than_it_may) {
  running_group g;
  g.greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await pause(1h);
    co_return reply("");
  };
  channel c(g.address, quick_channel());
  auto call = std::async(std::launch::async, [stub = Greeter::stub(c)]() mutable {
    return std::get<0>(stub.SayHello(request("x"), {.deadline = 60s}, blocking));
  });
  while (g.greeter.calls == 0) std::this_thread::sleep_for(1ms);
  g.group.shutdown(50ms);
  EXPECT_EQ(call.get().code(), status_code::unavailable);
}

TEST(a_server_group, that_is_destroyed_ends_its_calls) {
  auto g = std::make_unique<running_group>();
  const std::string address = g->address;
  std::atomic<bool> has_read = false;
  g->greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    EXPECT_TRUE(co_await c.read());
    has_read = true;
    EXPECT_FALSE(co_await c.read());
    co_return status();
  };
  channel c(address, quick_channel());
  greeter_call chat = Greeter::stub(c).SayHelloBidiStream();
  EXPECT_TRUE(chat.write(request("x"), blocking));
  while (!has_read) std::this_thread::sleep_for(1ms);
  g.reset();
  EXPECT_FALSE(chat.read(blocking));
  EXPECT_EQ(chat.finish(blocking).code(), status_code::unavailable);
}

TEST(a_server_group, holds_each_member_to_the_limits) {
  server_options options;
  options.max_connections = 1;
  running_group g(options);
  std::vector<channel> channels;
  while (g.group.connection_count() != members && channels.size() < 500) {
    channels.emplace_back(g.address, quick_channel());
    (void)Greeter::stub(channels.back()).SayHello(request("x"), {.deadline = 60s}, blocking);
  }
  EXPECT_EQ(g.group.connection_count(), members);
  EXPECT_GE(channels.size(), members);
}

TEST(a_server_group, says_why_it_cannot_listen) {
  running_group taken;
  server_group g(2);
  const auto no_address = g.listen("nowhere:0");
  EXPECT_FALSE(no_address);
  server_group of_one_machine(2);
  const auto unshared = of_one_machine.listen("unix-abstract:grpcwire-server-group-test");
  ASSERT_FALSE(unshared);
  EXPECT_THAT(unshared.error().message(), testing::HasSubstr("grpcwire-server-group-test"));
  EXPECT_THROW(taken.group.start(), std::logic_error);
}

TEST(a_server_group, has_as_many_members_as_the_machine_runs_threads) {
  const server_group g(0);
  EXPECT_EQ(g.size(), std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace grpcwire::tests
