// What a server knows of its load, without a server.
#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/load_gauge.hpp>

namespace grpcwire::detail {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct gauged {
  explicit gauged(const load_shedding& settings)
      : gauge(load_gauge::make(io.get_executor(), settings)) {}

  std::string refusal(std::string_view path = "/a.B/C") {
    load_ticket ticket;
    return gauge->let_in(path, ticket).value_or("");
  }

  asio::io_context io;
  std::shared_ptr<load_gauge> gauge;
};

TEST(a_load_gauge, is_not_there_when_nothing_is_limited) {
  EXPECT_EQ(gauged({}).gauge, nullptr);
  EXPECT_EQ(gauged({.retry_pushback = 1s}).gauge, nullptr);
}

TEST(a_load_gauge, counts_calls_until_their_tickets_come_back) {
  gauged g({.max_calls = 2});
  std::vector<load_ticket> tickets(3);
  EXPECT_FALSE(g.gauge->let_in("/a.B/C", tickets[0]));
  EXPECT_FALSE(g.gauge->let_in("/a.B/C", tickets[1]));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(g.gauge->let_in("/a.B/C", tickets[2]).value_or(""), HasSubstr("max_calls")) << i;
  }
  tickets[0].give_back();
  tickets[0].give_back();
  EXPECT_EQ(g.refusal(), "");
  EXPECT_EQ(g.refusal(), "") << "given back at its end";
  load_ticket moved = std::move(tickets[1]);
  EXPECT_FALSE(g.gauge->let_in("/a.B/C", tickets[2]));
  EXPECT_NE(g.refusal(), "");
}

TEST(a_load_gauge, spares_health_checks_and_what_it_is_told_to) {
  gauged g({.max_calls = 0});
  EXPECT_NE(g.refusal("/grpc.health.v1.Healthy/Check"), "");
  EXPECT_EQ(g.refusal("/grpc.health.v1.Health/Check"), "");
  gauged own({.max_calls = 0, .spares = [](std::string_view path) { return path == "/a.B/C"; }});
  EXPECT_EQ(own.refusal("/a.B/C"), "");
  EXPECT_NE(own.refusal("/grpc.health.v1.Health/Check"), "");
  gauged none({.max_calls = 0, .spares = nullptr});
  EXPECT_NE(none.refusal("/grpc.health.v1.Health/Check"), "");
}

TEST(a_load_gauge, sees_that_nobody_comes_to_run_what_is_ready) {
  gauged g({.max_lag = 20ms});
  EXPECT_EQ(g.refusal(), "") << "without a connection nothing is measured";
  g.gauge->connection_opened();
  std::this_thread::sleep_for(60ms);  // the timer was due after 10
  EXPECT_THAT(g.refusal(), HasSubstr("max_lag")) << "before the timer says so";
  g.io.poll();
  EXPECT_THAT(g.refusal(), HasSubstr("20 ms are allowed")) << "because it has said so";
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (!g.refusal().empty() && std::chrono::steady_clock::now() < end) g.io.run_one_for(1ms);
  EXPECT_EQ(g.refusal(), "") << "the loop runs again";
  g.gauge->connection_closed();
  g.io.restart();
  g.io.run();  // comes to its end
}

TEST(a_load_gauge, may_outlive_its_context) {
  std::shared_ptr<load_gauge> left;
  {
    gauged g({.max_lag = 1ms});
    g.gauge->connection_opened();
    left = g.gauge;
    g.gauge->connection_opened();
  }
  left->connection_closed();
  left->connection_closed();
  left->connection_opened();
}

}  // namespace
}  // namespace grpcwire::detail
