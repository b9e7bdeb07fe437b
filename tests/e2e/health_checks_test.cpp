// Channels that ask servers for their health, and balance by what these say.

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>

#include <grpcwire/rpc/health_service.hpp>

#include "grpc/health/v1/health.grpcwire.hpp"
#include "tests/support/e2e_fleet.hpp"
#include "tests/support/trace_recorder.hpp"

namespace grpcwire::tests {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::HasSubstr;
using served_watch = server_call<HealthCheckRequest, HealthCheckResponse>;

constexpr const char* greeter_name = "helloworld.Greeter";

std::string asking_for(const std::string& service, const std::string& policy = "round_robin") {
  return R"({"loadBalancingConfig": [{")" + policy +
         R"(": {}}], "healthCheckConfig": {"serviceName": ")" + service + R"("}})";
}

channel_options checking(const std::string& policy = "round_robin") {
  channel_options options = quick_channel();
  options.service_config = asking_for(greeter_name, policy);
  return options;
}

/// Servers a, b, c … with the ready-made health service, and a channel that asks for the greeter.
struct checked_fleet {
  explicit checked_fleet(std::size_t count, channel_options options = checking()) {
    for (std::size_t i = 0; i < count; ++i) {
      health.emplace_back().set_status(greeter_name, serving_status::serving);
      add(health.back());
    }
    f.connect("round_robin", std::move(options));
    f.find_all();
  }
  ~checked_fleet() { f.wind_up(); }
  checked_fleet(const checked_fleet&) = delete;
  checked_fleet& operator=(const checked_fleet&) = delete;
  void add(service& its_health, const std::string& on = "127.0.0.1:0") {
    const std::string name(1, static_cast<char>('a' + f.servers.size()));
    f.servers.push_back(
        std::make_unique<named_server>(f.io, name, on, server_options(), &its_health));
  }
  void set(std::size_t i, serving_status is) { health[i].set_status(greeter_name, is); }
  awaitable<void> until(channel_state wanted) {
    while (f.channel->state() != wanted) co_await pause(5ms);
  }
  awaitable<void> until_calls_go(const std::string& wanted, int times = 20) {
    for (std::string spread; spread != wanted;) {
      co_await pause(5ms);
      spread = co_await f.call(times);
    }
  }

  std::deque<health_service> health;  // first: outlives the servers
  fleet f{0};
};

/// A health service that watches as the test wants it.
struct scripted_health final : Health::service {
  std::function<awaitable<status>(server_context&, HealthCheckRequest, served_watch&)> watch;
  int watches = 0;

  awaitable<status> Watch(server_context& context, HealthCheckRequest asked,
                          served_watch& call) override {
    ++watches;
    return watch(context, std::move(asked), call);
  }
  static HealthCheckResponse is(HealthCheckResponse::ServingStatus health) {
    HealthCheckResponse r;
    r.set_status(health);
    return r;
  }
  /// Says so and then nothing more, until the caller leaves.
  static awaitable<status> stay(server_context& context, served_watch& call,
                                HealthCheckResponse::ServingStatus health) {
    (void)co_await call.write(is(health));
    asio::steady_timer for_ever(context.executor(), asio::steady_timer::time_point::max());
    std::error_code left;
    co_await for_ever.async_wait(asio::redirect_error(asio::use_awaitable, left));
    co_return status(status_code::cancelled);
  }
};

/// One server with it.
struct scripted_fleet {
  explicit scripted_fleet(channel_options options = checking()) {
    f.servers.push_back(
        std::make_unique<named_server>(f.io, "a", "127.0.0.1:0", server_options(), &health));
    f.connect("round_robin", std::move(options));
    f.find_all();
  }
  ~scripted_fleet() { f.wind_up(); }
  scripted_fleet(const scripted_fleet&) = delete;
  scripted_fleet& operator=(const scripted_fleet&) = delete;

  scripted_health health;
  fleet f{0};
};

TEST(health_checks, leave_out_a_server_that_does_not_serve_and_take_it_back) {
  checked_fleet c(3);
  c.set(1, serving_status::not_serving);
  c.f.play([&]() -> awaitable<void> {
    co_await c.f.until_all_answer(2);
    EXPECT_EQ(co_await c.f.call(20), "10 a, 10 c");
    while (c.f.servers[1]->server->connection_count() != 1) co_await pause(5ms);
    c.set(1, serving_status::serving);
    co_await c.f.until_all_answer(3);
    c.set(0, serving_status::not_serving);
    c.set(2, serving_status::unknown);
    co_await c.until_calls_go("20 b");
    EXPECT_EQ(c.f.servers[0]->server->connection_count(), 1U) << "the connection stays";
  });
}

TEST(health_checks, let_calls_in_flight_finish) {
  checked_fleet c(1);
  c.f.play([&]() -> awaitable<void> {
    greeter_call open = c.f.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await open.write(request("before")));
    EXPECT_TRUE(says(co_await open.read(), "before"));
    c.set(0, serving_status::not_serving);
    co_await c.until(channel_state::transient_failure);
    const auto refused = std::get<0>(co_await c.f.stub->SayHello(request("x")));
    EXPECT_EQ(refused.code(), status_code::unavailable);
    EXPECT_THAT(refused.message(), HasSubstr("helloworld.Greeter is NOT_SERVING"));
    EXPECT_TRUE(co_await open.write(request("after")));
    EXPECT_TRUE(says(co_await open.read(), "after"));
    open.writes_done();
    EXPECT_TRUE((co_await open.finish()).ok());
    EXPECT_EQ(c.f.servers[0]->server->connection_count(), 1U);
  });
}

TEST(health_checks, say_so_of_a_service_that_the_server_does_not_know) {
  checked_fleet c(1);
  c.f.connect("round_robin", [] {
    channel_options options = quick_channel();
    options.service_config = asking_for("no.Such");
    return options;
  }());
  c.f.play([&]() -> awaitable<void> {
    const auto refused = std::get<0>(co_await c.f.stub->SayHello(request("x")));
    EXPECT_THAT(refused.message(), HasSubstr("no.Such is SERVICE_UNKNOWN"));
    c.health[0].set_status("no.Such", serving_status::serving);
    EXPECT_EQ(co_await c.f.call(1, {.wait_for_ready = true}), "1 a");
  });
}

TEST(health_checks, ask_for_the_server_as_a_whole_by_an_empty_name) {
  channel_options options = quick_channel();
  options.service_config = asking_for("");
  checked_fleet c(2, options);
  c.set(1, serving_status::not_serving);
  c.health[0].set_status("", serving_status::not_serving);
  c.f.play([&]() -> awaitable<void> { co_await c.until_calls_go("20 b"); });
}

TEST(health_checks, take_a_server_without_health_service_as_healthy_and_say_so) {
  const auto seen = std::make_shared<trace_recorder>();
  channel_options options = checking();
  options.trace = seen;
  fleet f(1);
  f.connect("round_robin", options);
  f.find_all();
  f.play([&]() -> awaitable<void> { EXPECT_EQ(co_await f.call(10), "10 a"); });
  EXPECT_EQ(std::count(seen->lines.begin(), seen->lines.end(),
                       "health_check 0 the server has no health service and counts as healthy"),
            1);
}

TEST(health_checks, do_not_ask_again_where_the_method_is_unimplemented) {
  scripted_fleet s;
  s.health.watch = [](server_context&, HealthCheckRequest, served_watch&) -> awaitable<status> {
    co_return status(status_code::unimplemented);
  };
  s.f.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await s.f.call(10), "10 a");
    co_await pause(100ms);  // with back-off there would be another one
    EXPECT_EQ(co_await s.f.call(10), "10 a");
    EXPECT_EQ(s.health.watches, 1);
  });
}

TEST(health_checks, let_calls_wait_for_the_first_answer) {
  scripted_fleet s;
  happening asked(s.f.io);
  happening answer(s.f.io);
  s.health.watch = [&](server_context& context, HealthCheckRequest of,
                       served_watch& call) -> awaitable<status> {
    EXPECT_EQ(of.service(), greeter_name);
    asked.now();
    co_await answer.wait();
    co_return co_await scripted_health::stay(context, call, HealthCheckResponse::SERVING);
  };
  s.f.play([&]() -> awaitable<void> {
    bool answered = false;
    s.f.stub->SayHello(request("x"), [&](const status& end, const HelloReply&) {
      EXPECT_TRUE(end.ok()) << describe(end);
      answered = true;
    });
    co_await asked.wait();
    EXPECT_EQ(s.f.channel->state(), channel_state::connecting);
    EXPECT_EQ(s.f.servers[0]->greeter.calls, 0);
    answer.now();
    while (!answered) co_await pause(5ms);
    EXPECT_EQ(s.f.channel->state(), channel_state::ready);
  });
}

TEST(health_checks, begin_a_watch_at_once_that_ended_after_an_answer) {
  channel_options options = checking();
  options.backoff.initial = options.backoff.max = 3600s;
  scripted_fleet s(options);
  happening end_first(s.f.io);
  happening answer_again(s.f.io);
  s.health.watch = [&](server_context& context, HealthCheckRequest,
                       served_watch& call) -> awaitable<status> {
    if (s.health.watches == 1) {
      (void)co_await call.write(scripted_health::is(HealthCheckResponse::SERVING));
      co_await end_first.wait();
      co_return status(status_code::unavailable, "it is over");
    }
    co_await answer_again.wait();
    co_return co_await scripted_health::stay(context, call, HealthCheckResponse::SERVING);
  };
  s.f.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await s.f.call(1), "1 a");
    end_first.now();
    while (s.health.watches != 2) co_await pause(5ms);
    EXPECT_EQ(s.f.channel->state(), channel_state::connecting);
    answer_again.now();
    EXPECT_EQ(co_await s.f.call(1), "1 a");
    EXPECT_EQ(s.health.watches, 2);
  });
}

TEST(health_checks, begin_a_watch_again_after_a_while_that_ended_without_an_answer) {
  scripted_fleet s;
  s.health.watch = [&](server_context& context, HealthCheckRequest,
                       served_watch& call) -> awaitable<status> {
    if (s.health.watches < 3) co_return status(status_code::internal, "no idea");
    co_return co_await scripted_health::stay(context, call, HealthCheckResponse::SERVING);
  };
  s.f.play([&]() -> awaitable<void> {
    const auto refused = std::get<0>(co_await s.f.stub->SayHello(request("x")));
    EXPECT_EQ(refused.code(), status_code::unavailable);
    EXPECT_THAT(refused.message(), HasSubstr("INTERNAL: no idea"));
    EXPECT_EQ(co_await s.f.call(5, {.wait_for_ready = true}), "5 a");
    EXPECT_EQ(s.health.watches, 3);
    EXPECT_EQ(s.f.servers[0]->server->connection_count(), 1U);
  });
}

TEST(health_checks, ask_again_over_the_next_connection) {
  checked_fleet c(1);
  c.f.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await c.f.call(5), "5 a");
    const std::string address = c.f.servers[0]->address;
    c.f.servers.clear();
    c.set(0, serving_status::not_serving);
    c.add(c.health[0], address);
    for (status end; end.message().find("NOT_SERVING") == std::string::npos;) {
      co_await pause(5ms);
      end = std::get<0>(co_await c.f.stub->SayHello(request("x")));
    }
    c.set(0, serving_status::serving);
    EXPECT_EQ(co_await c.f.call(5, {.wait_for_ready = true}), "5 a");
  });
}

TEST(health_checks, do_not_keep_a_server_from_draining) {
  checked_fleet c(2);
  c.f.play([&]() -> awaitable<void> {
    co_await c.f.until_all_answer(2);
    const status end = co_await c.f.servers[0]->server->shutdown(20s);
    EXPECT_TRUE(end.ok()) << describe(end);
    co_await c.until_calls_go("20 b");
  });
}

TEST(health_checks, do_not_keep_a_channel_from_going_idle) {
  channel_options options = checking();
  options.idle_timeout = 100ms;
  checked_fleet c(2, options);
  c.f.play([&]() -> awaitable<void> {
    co_await c.f.until_all_answer(2);
    co_await c.until(channel_state::idle);
    while (c.f.servers[0]->server->connection_count() != 0) co_await pause(5ms);
    co_await c.f.until_all_answer(2);
  });
}

void expect_nobody_to_ask(const channel_options& options) {
  scripted_fleet s(options);
  s.health.watch = [](server_context& context, HealthCheckRequest,
                      served_watch& call) -> awaitable<status> {
    return scripted_health::stay(context, call, HealthCheckResponse::NOT_SERVING);
  };
  s.f.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await s.f.call(10), "10 a");
    EXPECT_EQ(s.health.watches, 0);
  });
}

TEST(health_checks, are_not_for_pick_first) {
  expect_nobody_to_ask(checking("pick_first"));
}

TEST(health_checks, can_be_switched_off) {
  channel_options options = checking();
  options.health_checks = false;
  expect_nobody_to_ask(options);
}

TEST(health_checks, carry_the_call_credentials_of_the_channel) {
  channel_options options = checking();
  options.call_credentials = bearer_token("sesame");
  options.allow_plaintext_call_credentials = true;
  scripted_fleet s(options);
  s.health.watch = [](server_context& context, HealthCheckRequest,
                      served_watch& call) -> awaitable<status> {
    const auto token = context.request_metadata().get("authorization");
    const bool knows = token && *token == "Bearer sesame";
    if (!knows) co_return status(status_code::unauthenticated, "who are you?");
    co_return co_await scripted_health::stay(context, call, HealthCheckResponse::SERVING);
  };
  s.f.play([&]() -> awaitable<void> { EXPECT_EQ(co_await s.f.call(5), "5 a"); });
}

TEST(health_checks, follow_the_service_config_of_the_resolver) {
  checked_fleet c(2);
  c.health[0].set_status("other", serving_status::serving);
  c.f.play([&]() -> awaitable<void> {
    co_await c.f.until_all_answer(2);
    resolution found{.endpoints = {c.f.where(0), c.f.where(1)}};
    found.service_config = asking_for("other");
    c.f.names.tell(found);
    co_await c.until_calls_go("20 a");
    found.service_config = R"({"loadBalancingConfig": [{"round_robin": {}}]})";
    c.f.names.tell(found);
    EXPECT_EQ(co_await c.f.call(20), "10 a, 10 b");
    found.service_config = asking_for("other");
    c.f.names.tell(found);
    co_await c.until_calls_go("20 a");
    c.f.names.tell({.endpoints = {c.f.where(1)}, .service_config = asking_for(greeter_name)});
    EXPECT_EQ(co_await c.f.call(20), "20 b");
  });
}

TEST(health_checks, go_on_until_the_channel_is_shut_down) {
  checked_fleet c(2);
  c.f.play([&]() -> awaitable<void> {
    co_await c.f.until_all_answer(2);
    c.f.channel->shutdown();
    while (c.f.servers[0]->server->connection_count() != 0) co_await pause(5ms);
    c.set(0, serving_status::not_serving);
  });
}

TEST(health_checks, may_go_with_their_io_context) {
  asio::io_context of_server;
  health_service health;
  health.set_status(greeter_name, serving_status::serving);
  named_server a(of_server, "a", "127.0.0.1:0", server_options(), &health);
  std::jthread thread([&] {
    const auto work = asio::make_work_guard(of_server);
    of_server.run();
  });
  {
    auto io = std::make_unique<asio::io_context>();
    const channel watched(*io, "ipv4:" + a.address, checking());
    Greeter::stub stub(watched);
    play(*io, [&]() -> awaitable<void> {
      const auto [end, answer] = co_await stub.SayHello(request("x"));
      EXPECT_TRUE(end.ok()) << describe(end);
    });
    const greeter_call open = stub.SayHelloBidiStream();
    io.reset();
  }
  while (a.server->connection_count() != 0) std::this_thread::sleep_for(5ms);
  of_server.stop();
}

}  // namespace
}  // namespace grpcwire::tests
