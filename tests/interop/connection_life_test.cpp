// Keepalive, its enforcement, ages and windows that grow, between us and stock gRPC (grpcio 1.51).
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/channel.hpp>

#include "tests/interop/child_process.hpp"
#include "tests/interop/raw_caller.hpp"

namespace grpcwire::tests {
namespace {

using namespace std::chrono_literals;
using namespace ::grpc::testing;
using ::testing::AnyOf;
using ::testing::HasSubstr;

/// Counts what sessions do by themselves.
struct counting_trace final : transport::trace_sink {
  std::atomic<int> keepalive_pings = 0;
  std::atomic<int> bandwidth_pings = 0;
  std::atomic<int> grown = 0;
  std::atomic<int> drains = 0;
  std::atomic<int> too_many_pings = 0;
  std::atomic<int> answers = 0;  // PING acknowledgements

  void on_action(std::string_view action, std::int32_t, std::string_view detail) override {
    too_many_pings += action == "end_connection" && detail == "too_many_pings" ? 1 : 0;
    keepalive_pings += action == "keepalive_ping" ? 1 : 0;
    bandwidth_pings += action == "bandwidth_ping" ? 1 : 0;
    grown += action == "grow_windows" ? 1 : 0;
    drains += action == "announce_shutdown" ? 1 : 0;
  }
  void on_frame(transport::direction way, const transport::frame_info& frame) override {
    const bool ack = frame.type == 6 && (frame.flags & 1) != 0;
    if (way == transport::direction::received && ack) ++answers;
  }
};

struct stock_peers : stock_python_test {
  std::shared_ptr<counting_trace> trace = std::make_shared<counting_trace>();
};

struct our_client_of_a_stock_server : stock_peers {
  void serve(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "--port=0");
    server.emplace(stock_python("interop_server.py", arguments));
    const std::string line = server->line();
    ASSERT_THAT(line, HasSubstr("listening on "));
    port = line.substr(line.rfind(':') + 1);
  }
  channel_options pinging(std::chrono::milliseconds time) const {
    channel_options options;
    options.keepalive = {.time = time, .timeout = 5s, .time_min = 0ms};
    options.trace = trace;
    return options;
  }
  channel connect(channel_options options) const {
    return channel("localhost:" + port, std::move(options));
  }
  /// A call on which nothing happens for so long.
  status quiet_call(channel& c, std::chrono::microseconds time) {
    TestService::stub stub(c);
    StreamingOutputCallRequest request;
    auto* parameters = request.add_response_parameters();
    parameters->set_size(1);
    parameters->set_interval_us(static_cast<int>(time.count()));
    auto call = stub.StreamingOutputCall(request, {.deadline = 20s});
    (void)call.read(blocking);
    return call.finish(blocking);
  }

  std::optional<child_process> server;
  std::string port;
};

TEST_F(our_client_of_a_stock_server, gets_answers_to_its_keepalive) {
  serve({"--channel_option=grpc.http2.min_ping_interval_without_data_ms=10"});
  channel c = connect(pinging(100ms));
  const status end = quiet_call(c, 1500ms);
  EXPECT_TRUE(end.ok()) << describe(end);
  EXPECT_GE(trace->keepalive_pings, 5);
  EXPECT_GE(trace->answers, 5);
}

TEST_F(our_client_of_a_stock_server, hears_too_many_pings_and_sends_fewer) {
  serve({"--channel_option=grpc.http2.max_ping_strikes=1"});
  channel c = connect(pinging(100ms));
  const status end = quiet_call(c, 10s);
  EXPECT_EQ(end.code(), status_code::unavailable);
  // gRPC C++ ends its calls with trailers of its own in front of the GOAWAY.
  EXPECT_THAT(end.message(), AnyOf(HasSubstr("Too many pings"), HasSubstr("too_many_pings")))
      << describe(end);
  const int first = trace->keepalive_pings;
  EXPECT_GE(first, 3);
  // 200, then 400, then 800 ms apart: in two seconds it gets as far as this.
  for (int i = 0; i < 3; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(quiet_call(c, 10s).code(), status_code::unavailable);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 2 * (2 << i) * 100ms) << i;
  }
}

TEST_F(our_client_of_a_stock_server, samples_the_bandwidth_without_being_a_nuisance) {
  serve({});
  channel_options options = pinging(10s);
  channel c = connect(options);
  TestService::stub stub(c);
  StreamingOutputCallRequest request;
  for (int i = 0; i < 60; ++i) request.add_response_parameters()->set_size(1 << 20);
  auto call = stub.StreamingOutputCall(request, {.deadline = 60s});
  int messages = 0;
  while (call.read(blocking)) ++messages;
  const status end = call.finish(blocking);
  EXPECT_TRUE(end.ok()) << describe(end);
  EXPECT_EQ(messages, 60);
  EXPECT_GE(trace->bandwidth_pings, 3) << "more than a stock server forgives";
  EXPECT_GE(trace->answers, 3);
}

struct a_stock_client_of_our_server : stock_peers {
  explicit a_stock_client_of_our_server() { options.trace = trace; }

  void call(std::vector<std::string> arguments) {
    server.emplace(options);
    arguments.insert(arguments.begin(), "localhost:" + std::to_string(server->port()));
    client.emplace(stock_python("quiet_client.py", arguments));
  }

  server_options options;
  std::optional<running_test_server> server;
  std::optional<child_process> client;
};

TEST_F(a_stock_client_of_our_server, that_pings_too_often_is_told_so) {
  call({"quiet", "--milliseconds=15000", "--channel_option=grpc.keepalive_time_ms=200",
        "--channel_option=grpc.http2.max_pings_without_data=0",
        "--channel_option=grpc.http2.min_time_between_pings_ms=100"});
  // gRPC C++ writes the reason to its log; the call hears of the connection's end only.
  EXPECT_THAT(client->line(), HasSubstr("UNAVAILABLE"));
  EXPECT_EQ(trace->too_many_pings, 1);
}

TEST_F(a_stock_client_of_our_server, that_may_ping_is_left_alone) {
  options.permit_keepalive_time = 50ms;
  call({"quiet", "--milliseconds=3000", "--channel_option=grpc.keepalive_time_ms=200",
        "--channel_option=grpc.http2.max_pings_without_data=0",
        "--channel_option=grpc.http2.min_time_between_pings_ms=100"});
  EXPECT_EQ(client->line(), "OK");
}

TEST_F(a_stock_client_of_our_server, answers_our_keepalive) {
  options.keepalive = {.time = 100ms, .timeout = 5s, .time_min = 0ms};
  call({"quiet", "--milliseconds=1500"});
  EXPECT_EQ(client->line(), "OK");
  EXPECT_GE(trace->keepalive_pings, 5);
  EXPECT_GE(trace->answers, 5);
}

TEST_F(a_stock_client_of_our_server, goes_on_when_its_connections_are_too_old) {
  options.max_connection_age = 200ms;
  call({"busy", "--milliseconds=400", "--times=4"});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client->line(), "OK") << i;
  EXPECT_GE(trace->drains, 3);
}

TEST_F(a_stock_client_of_our_server, comes_back_when_it_was_idle) {
  options.max_connection_idle = 100ms;
  call({"pausing", "--milliseconds=600", "--times=2"});
  EXPECT_EQ(client->line(), "OK");
  EXPECT_EQ(client->line(), "OK");
  EXPECT_GE(trace->drains, 2);
}

TEST_F(a_stock_client_of_our_server, is_cut_off_when_the_grace_is_over) {
  options.max_connection_age = 200ms;
  options.max_connection_age_grace = 200ms;
  call({"quiet", "--milliseconds=15000"});
  EXPECT_THAT(client->line(), HasSubstr("UNAVAILABLE"));
}

}  // namespace
}  // namespace grpcwire::tests
