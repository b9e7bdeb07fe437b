// Counting and its text: which bucket, which row, how many, as Prometheus reads it.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/call_meter.hpp>
#include <grpcwire/rpc/metric_series.hpp>
#include <grpcwire/rpc/metrics.hpp>

namespace grpcwire {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string call_duration = "grpc.server.call.duration";

std::vector<std::string> methods_of(const metrics& m, std::string_view name) {
  std::vector<std::string> methods;
  const auto snapshot = m.snapshot();
  for (const metric_point& p : snapshot.find(name)->points) methods.push_back(p.method);
  return methods;
}

TEST(metrics, know_the_buckets_of_A66) {
  const auto& durations = detail::duration_bounds_s;
  EXPECT_EQ(durations.front(), 0);
  EXPECT_EQ(durations[1], 0.00001);
  EXPECT_EQ(durations[4], 0.0003);
  EXPECT_EQ(durations.back(), 100);
  EXPECT_TRUE(std::is_sorted(durations.begin(), durations.end()));
  EXPECT_EQ(detail::size_bounds_bytes[1], 1024);
  EXPECT_EQ(detail::size_bounds_bytes.back(), 4.0 * 1024 * 1024 * 1024);
}

TEST(metrics, put_a_value_on_a_bound_into_the_bucket_below_it) {
  EXPECT_EQ(detail::duration_bucket(-1ns), 0U);
  EXPECT_EQ(detail::duration_bucket(0ns), 0U);
  EXPECT_EQ(detail::duration_bucket(1ns), 1U);
  EXPECT_EQ(detail::duration_bucket(10us), 1U);
  EXPECT_EQ(detail::duration_bucket(10'001ns), 2U);
  EXPECT_EQ(detail::duration_bucket(100s), 40U);
  EXPECT_EQ(detail::duration_bucket(100s + 1ns), 41U);
  EXPECT_EQ(detail::duration_bucket(std::chrono::hours(1'000'000)), 41U);
  EXPECT_EQ(detail::size_bucket(0), 0U);
  EXPECT_EQ(detail::size_bucket(1), 1U);
  EXPECT_EQ(detail::size_bucket(1024), 1U);
  EXPECT_EQ(detail::size_bucket(1025), 2U);
  EXPECT_EQ(detail::size_bucket(std::uint64_t{1} << 32), 13U);
  EXPECT_EQ(detail::size_bucket((std::uint64_t{1} << 32) + 1), 14U);
}

TEST(metrics, have_all_their_names_before_the_first_call) {
  const metrics m;
  const auto snapshot = m.snapshot();
  std::vector<std::string> names;
  for (const metric& one : snapshot.all) {
    names.emplace_back(one.name);
    EXPECT_TRUE(one.points.empty());
  }
  EXPECT_THAT(names, ElementsAre("grpc.client.attempt.started", "grpc.client.attempt.duration",
                                 "grpc.client.attempt.sent_total_compressed_message_size",
                                 "grpc.client.attempt.rcvd_total_compressed_message_size",
                                 "grpc.client.call.duration", "grpc.server.call.started",
                                 "grpc.server.call.duration",
                                 "grpc.server.call.sent_total_compressed_message_size",
                                 "grpc.server.call.rcvd_total_compressed_message_size"));
  EXPECT_EQ(snapshot.find("grpc.client.call.retries"), nullptr);
  EXPECT_EQ(prometheus_text(snapshot), "");
}

TEST(metrics, know_the_buckets_of_A96) {
  metrics m({.retries = true});
  detail::client_table& table = m.store().client("x");
  for (const int times : {1, 5, 6, 10, 11}) {
    detail::client_call_meter call;
    call.call_started(table.find("/p.S/M"));
    call.attempt_started();
    for (int i = 0; i < times; ++i) {
      call.sent_again();
      call.attempt_ended(codec::status_code::unavailable);
      call.attempt_started();
    }
    call.call_ended(codec::status_code::ok);
  }
  using buckets = std::vector<std::uint64_t>;
  const auto snapshot = m.snapshot();
  const auto of = [&](std::string_view name) { return snapshot.find(name)->points.at(0); };
  EXPECT_EQ(of("grpc.client.call.retries").buckets, (buckets{1, 0, 0, 0, 1, 3}));
  EXPECT_EQ(of("grpc.client.call.transparent_retries").buckets, (buckets{1, 0, 0, 0, 1, 2, 1}));
  EXPECT_EQ(of("grpc.client.call.retries").sum, 33);
  EXPECT_TRUE(snapshot.find("grpc.client.call.hedges")->points.empty());
  EXPECT_THAT(prometheus_text(snapshot),
              HasSubstr("grpc_client_call_retries_sum{grpc_method=\"p.S/M\",grpc_target="
                        "\"dns:///x\"} 33\n"));
}

TEST(metrics, add_up_what_many_threads_count) {
  metrics m;
  constexpr std::uint64_t calls = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&m, t] {
      for (std::uint64_t i = 0; i < calls; ++i) {
        // Each thread is the first one for some of the methods.
        const std::string path = "/p.S/M" + std::to_string((i + static_cast<unsigned>(t)) % 3);
        auto& series = m.store().server().find(path);
        series.started();
        series.record(i % 2 == 0 ? status_code::ok : status_code::internal, 1ms, 10, 2000);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  const auto snapshot = m.snapshot();
  std::uint64_t started = 0;
  for (const metric_point& p : snapshot.find("grpc.server.call.started")->points) {
    started += p.count;
  }
  EXPECT_EQ(started, 12 * calls);
  std::uint64_t ended = 0;
  double seconds = 0;
  const metric* durations = snapshot.find(call_duration);
  EXPECT_EQ(durations->points.size(), 6U);
  for (const metric_point& p : durations->points) {
    ended += p.count;
    seconds += p.sum;
    EXPECT_EQ(p.buckets[7], p.count);  // up to 1 ms
  }
  EXPECT_EQ(ended, 12 * calls);
  EXPECT_NEAR(seconds, 12 * calls * 0.001, 1e-6);
  const metric* received = snapshot.find("grpc.server.call.rcvd_total_compressed_message_size");
  for (const metric_point& p : received->points) {
    EXPECT_EQ(p.sum, 2000.0 * static_cast<double>(p.count));
    EXPECT_EQ(p.buckets[2], p.count);
  }
}

TEST(metrics, count_methods_beyond_their_limit_as_other) {
  metrics m({.methods_max = 2, .targets_max = 1});
  for (const char* path : {"/p.S/A", "/p.S/B", "/p.S/C", "/p.S/D", "/p.S/A"}) {
    m.store().server().find(path).started();
  }
  EXPECT_THAT(methods_of(m, "grpc.server.call.started"), ElementsAre("other", "p.S/A", "p.S/B"));
  for (const char* target : {"a:1", "b:1", "c:1", "dns:///a:1"}) {
    m.store().client(target).find("/p.S/A").attempts.started();
  }
  const auto snapshot = m.snapshot();
  const auto& points = snapshot.find("grpc.client.attempt.started")->points;
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].target, "dns:///a:1");
  EXPECT_EQ(points[0].count, 2U);
  EXPECT_EQ(points[1].target, "other");
  EXPECT_EQ(points[1].count, 2U);
}

TEST(metrics, give_targets_their_scheme) {
  EXPECT_EQ(detail::canonical_target("localhost:1"), "dns:///localhost:1");
  EXPECT_EQ(detail::canonical_target("[::1]:1"), "dns:///[::1]:1");
  for (const char* target : {"dns:///a:1", "unix:/tmp/x", "unix-abstract:x", "ipv4:1.2.3.4:5",
                             "in-process", "etcd:///shop"}) {
    EXPECT_EQ(detail::canonical_target(target), target);
  }
}

TEST(metrics, keep_attempts_and_calls_apart) {
  metrics m;
  detail::client_call_meter meter;
  meter.attempt_started();  // not measured: the call has not started
  meter.call_started(m.store().client("t:1").find("/p.S/M"));
  meter.attempt_started();
  meter.sent(100);
  meter.attempt_ended(status_code::unavailable);
  meter.attempt_ended(status_code::internal);  // has ended already
  meter.attempt_started();
  meter.sent(50);
  meter.received(7);
  meter.call_ended(status_code::ok);
  meter.call_ended(status_code::cancelled);  // has ended already
  const auto snapshot = m.snapshot();
  EXPECT_EQ(snapshot.find("grpc.client.attempt.started")->points.at(0).count, 2U);
  const auto& calls = snapshot.find("grpc.client.call.duration")->points;
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].status, status_code::ok);
  EXPECT_EQ(calls[0].count, 1U);
  const auto& sent =
      snapshot.find("grpc.client.attempt.sent_total_compressed_message_size")->points;
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].status, status_code::ok);
  EXPECT_EQ(sent[0].sum, 50);
  EXPECT_EQ(sent[1].status, status_code::unavailable);
  EXPECT_EQ(sent[1].sum, 100);
  const auto& received =
      snapshot.find("grpc.client.attempt.rcvd_total_compressed_message_size")->points;
  EXPECT_EQ(received[0].sum, 7);
  EXPECT_EQ(received[1].sum, 0);
}

TEST(prometheus_text, has_names_units_labels_and_cumulated_buckets) {
  metrics m;
  auto& client = m.store().client("unix:/a\\b\"c\nd").find("/p.S/M");
  client.attempts.started();
  client.attempts.record(status_code::deadline_exceeded, 250ms, 1024, 0);
  client.attempts.record(status_code::deadline_exceeded, 101s, 5000, 0);
  const std::string text = prometheus_text(m.snapshot());
  const std::string labels = R"(grpc_method="p.S/M",grpc_target="unix:/a\\b\"c\nd")";
  EXPECT_THAT(text, HasSubstr("# HELP grpc_client_attempt_started_total Attempts that clients have "
                              "started.\n# TYPE grpc_client_attempt_started_total counter\n"
                              "grpc_client_attempt_started_total{" +
                              labels + "} 1\n"));
  const std::string duration = "grpc_client_attempt_duration_seconds";
  const std::string all = labels + R"(,grpc_status="DEADLINE_EXCEEDED")";
  EXPECT_THAT(text,
              HasSubstr("# TYPE " + duration + " histogram\n" + duration + "_bucket{" + all +
                        ",le=\"0\"} 0\n" + duration + "_bucket{" + all + ",le=\"1e-05\"} 0\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket{" + all + ",le=\"0.2\"} 0\n" + duration +
                              "_bucket{" + all + ",le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(duration + "_bucket{" + all + ",le=\"100\"} 1\n" + duration +
                              "_bucket{" + all + ",le=\"+Inf\"} 2\n" + duration + "_sum{" + all +
                              "} 101.25\n" + duration + "_count{" + all + "} 2\n"));
  const std::string sent = "grpc_client_attempt_sent_total_compressed_message_size_bytes";
  EXPECT_THAT(text, HasSubstr(sent + "_bucket{" + all + ",le=\"1024\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(sent + "_bucket{" + all + ",le=\"4294967296\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(sent + "_sum{" + all + "} 6024\n"));
  EXPECT_EQ(text.find("grpc_server"), text.npos);
}

}  // namespace
}  // namespace grpcwire
