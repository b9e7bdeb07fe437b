// The ready-made health service, called through real sockets.
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/rpc/health_service.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using watch_call = call<HealthCheckRequest, HealthCheckResponse>;
constexpr auto NOT_SERVING = HealthCheckResponse::NOT_SERVING;
constexpr auto SERVICE_UNKNOWN = HealthCheckResponse::SERVICE_UNKNOWN;
constexpr auto SERVING = HealthCheckResponse::SERVING;

HealthCheckRequest about(std::string service) {
  HealthCheckRequest r;
  r.set_service(std::move(service));
  return r;
}

struct a_health_service : testing::Test {
  a_health_service() {
    server.emplace(io);
    server->add(health);
    const auto listening = server->listen("127.0.0.1:0");
    if (!listening) throw std::runtime_error(listening.error().message());
    address = *listening;
    channel.emplace(io, address);
    stub.emplace(*channel);
  }
  template <class Body>
  void play(Body body) {
    tests::play(io, std::move(body));
  }

  awaitable<HealthCheckResponse::ServingStatus> check(std::string service) {
    const auto [end, answer] = co_await stub->Check(about(std::move(service)));
    EXPECT_TRUE(end.ok()) << describe(end);
    co_return answer.status();
  }
  awaitable<status> failing_check(std::string service) {
    const auto [end, answer] = co_await stub->Check(about(std::move(service)));
    co_return end;
  }

  asio::io_context io;
  health_service health;
  std::optional<grpcwire::server> server;
  std::string address;
  std::optional<grpcwire::channel> channel;
  std::optional<Health::stub> stub;
};

TEST_F(a_health_service, says_that_the_server_as_a_whole_serves) {
  play([&]() -> awaitable<void> { EXPECT_EQ(co_await check(""), SERVING); });
}

TEST_F(a_health_service, does_not_find_what_was_never_set) {
  play([&]() -> awaitable<void> {
    const status end = co_await failing_check("a.Service");
    EXPECT_EQ(end, status(status_code::not_found, "no health is known of a service a.Service"));
  });
}

TEST_F(a_health_service, tells_what_was_set_last) {
  play([&]() -> awaitable<void> {
    health.set_status("a.Service", serving_status::serving);
    health.set_status("a.Service", serving_status::not_serving);
    health.set_status("", serving_status::unknown);
    EXPECT_EQ(co_await check("a.Service"), NOT_SERVING);
    EXPECT_EQ(co_await check(""), HealthCheckResponse::UNKNOWN);
  });
}

TEST_F(a_health_service, lists_all_names_until_there_are_too_many) {
  play([&]() -> awaitable<void> {
    for (int i = 1; i < 100; ++i) {
      health.set_status("s" + std::to_string(i), serving_status::not_serving);
    }
    const auto [end, all] = co_await stub->List({});
    EXPECT_TRUE(end.ok()) << describe(end);
    EXPECT_EQ(all.statuses_size(), 100);
    EXPECT_EQ(all.statuses().at("").status(), SERVING);
    EXPECT_EQ(all.statuses().at("s99").status(), NOT_SERVING);

    health.set_status("one more", serving_status::serving);
    const auto [too_many, none] = co_await stub->List({});
    EXPECT_EQ(too_many.code(), status_code::resource_exhausted);
  });
}

TEST_F(a_health_service, tells_watchers_the_status_now_and_each_change) {
  play([&]() -> awaitable<void> {
    watch_call watch = stub->Watch(about(""));
    EXPECT_EQ((co_await watch.read())->status(), SERVING);
    health.set_status("", serving_status::serving);  // no change
    health.set_status("", serving_status::not_serving);
    EXPECT_EQ((co_await watch.read())->status(), NOT_SERVING);
    health.set_status("another", serving_status::serving);
    health.set_status("", serving_status::serving);
    EXPECT_EQ((co_await watch.read())->status(), SERVING);
  });
}

TEST_F(a_health_service, keeps_watchers_of_unknown_services_until_these_appear) {
  play([&]() -> awaitable<void> {
    watch_call watch = stub->Watch(about("later"));
    EXPECT_EQ((co_await watch.read())->status(), SERVICE_UNKNOWN);
    health.set_status("later", serving_status::serving);
    EXPECT_EQ((co_await watch.read())->status(), SERVING);
  });
}

TEST_F(a_health_service, tells_all_watchers_of_one_name) {
  play([&]() -> awaitable<void> {
    std::vector<watch_call> watches;
    for (int i = 0; i < 20; ++i) watches.push_back(stub->Watch(about("")));
    for (watch_call& w : watches) EXPECT_EQ((co_await w.read())->status(), SERVING);
    health.set_status("", serving_status::not_serving);
    for (watch_call& w : watches) EXPECT_EQ((co_await w.read())->status(), NOT_SERVING);
  });
}

TEST_F(a_health_service, sets_all_to_not_serving_when_it_is_shut_down_and_nothing_after_that) {
  play([&]() -> awaitable<void> {
    health.set_status("a.Service", serving_status::serving);
    watch_call watch = stub->Watch(about("a.Service"));
    EXPECT_EQ((co_await watch.read())->status(), SERVING);
    health.shut_down();
    EXPECT_EQ((co_await watch.read())->status(), NOT_SERVING);
    health.set_status("a.Service", serving_status::serving);
    health.set_status("new", serving_status::serving);
    EXPECT_EQ(co_await check("a.Service"), NOT_SERVING);
    EXPECT_EQ(co_await check(""), NOT_SERVING);
    EXPECT_EQ((co_await failing_check("new")).code(), status_code::not_found);
  });
}

TEST_F(a_health_service, forgets_watchers_that_have_left_or_run_out_of_time) {
  play([&]() -> awaitable<void> {
    {
      watch_call left = stub->Watch(about(""));
      EXPECT_EQ((co_await left.read())->status(), SERVING);
    }
    watch_call late = stub->Watch(about(""), {.deadline = 50ms});
    EXPECT_EQ((co_await late.read())->status(), SERVING);
    EXPECT_FALSE(co_await late.read());
    EXPECT_EQ((co_await late.finish()).code(), status_code::deadline_exceeded);
    health.set_status("", serving_status::not_serving);
    EXPECT_EQ(co_await check(""), NOT_SERVING);
    // With their handlers gone there is nothing that a drain would wait for.
    EXPECT_TRUE((co_await server->shutdown()).ok());
  });
}

TEST_F(a_health_service, lets_the_server_stop_while_it_is_watched) {
  play([&]() -> awaitable<void> {
    watch_call watch = stub->Watch(about(""));
    EXPECT_EQ((co_await watch.read())->status(), SERVING);
    server.reset();
    EXPECT_FALSE(co_await watch.read());
    EXPECT_EQ((co_await watch.finish()).code(), status_code::unavailable);
  });
}

TEST_F(a_health_service, may_go_before_the_loop_that_it_was_watched_on) {
  auto health_of_another = std::make_unique<health_service>();
  auto another = std::make_unique<grpcwire::server>(io);
  another->add(*health_of_another);
  const auto listening = another->listen("127.0.0.1:0");
  grpcwire::channel to_another(io, *listening);
  Health::stub other_stub(to_another);
  watch_call watch = other_stub.Watch(about(""));
  play([&]() -> awaitable<void> { EXPECT_EQ((co_await watch.read())->status(), SERVING); });
  another.reset();
  health_of_another.reset();
  play([&]() -> awaitable<void> {
    EXPECT_EQ((co_await watch.finish()).code(), status_code::unavailable);
  });
}

/// Reads when the test wants to: the window of its stream is full soon.
TEST_F(a_health_service, gives_slow_watchers_the_last_status_only) {
  channel_options narrow;
  narrow.session.stream_window = 14;  // two messages
  narrow.session.window_growth_max = 0;
  grpcwire::channel slowly(io, address, narrow);
  Health::stub slow_stub(slowly);
  play([&]() -> awaitable<void> {
    watch_call watch = slow_stub.Watch(about(""));
    constexpr int changes = 1000;
    for (int i = 1; i <= changes; ++i) {
      const bool last = i == changes;
      health.set_status("",
                        last || i % 2 == 0 ? serving_status::not_serving : serving_status::serving);
      // Each of them is a change that the server could send.
      (void)co_await check("");
    }
    health.set_status("", serving_status::unknown);
    int messages = 0;
    for (auto is = SERVING; is != HealthCheckResponse::UNKNOWN; ++messages) {
      is = (co_await watch.read())->status();
    }
    EXPECT_LT(messages, 100);
  });
}

TEST(a_health_service_of_many_threads, tells_every_watcher_the_last_status) {
  asio::io_context io;
  health_service health;
  server s(io);
  s.add(health);
  const auto listening = s.listen("127.0.0.1:0");
  ASSERT_TRUE(listening);
  const auto work = asio::make_work_guard(io);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { io.run(); });

  std::atomic<bool> go_on = true;
  std::vector<std::jthread> setters;
  for (int i = 0; i < 2; ++i) {
    setters.emplace_back([&, i] {
      while (go_on) {
        health.set_status("", i == 0 ? serving_status::serving : serving_status::not_serving);
        health.set_status("a", i == 0 ? serving_status::unknown : serving_status::serving);
      }
    });
  }
  {
    std::vector<grpcwire::channel> channels;
    std::vector<watch_call> watches;
    for (int i = 0; i < 4; ++i) {
      channels.emplace_back(*listening);
      for (const char* name : {"", "a"}) {
        watches.push_back(Health::stub(channels.back()).Watch(about(name)));
      }
    }
    std::vector<HealthCheckResponse::ServingStatus> last;
    for (watch_call& w : watches) {
      for (int i = 0; i < 2; ++i) EXPECT_TRUE(w.read(blocking));
      const auto third = w.read(blocking);
      ASSERT_TRUE(third);
      last.push_back(third->status());
    }
    // These come and go meanwhile.
    for (int i = 0; i < 20; ++i) {
      watch_call w = Health::stub(channels[0]).Watch(about(""));
      EXPECT_TRUE(w.read(blocking));
    }
    go_on = false;
    setters.clear();
    health.shut_down();
    health.set_status("", serving_status::serving);
    // No message follows the third when that one said so already.
    for (std::size_t i = 0; i < watches.size(); ++i) {
      while (last[i] != NOT_SERVING || watches[i].flow_control(blocking).buffered != 0) {
        const auto message = watches[i].read(blocking);
        ASSERT_TRUE(message);
        last[i] = message->status();
      }
    }
  }
  s.stop();
  io.stop();
}

}  // namespace
}  // namespace grpcwire::tests
