// What the parser of Prometheus's own Python library makes of our metrics page.

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <grpcwire/rpc/metrics.hpp>
#include <grpcwire/rpc/metrics_page.hpp>

#include "tests/interop/child_process.hpp"
#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

struct stock_prometheus : testing::Test {
  void SetUp() override {
    const std::string_view missing = GRPCWIRE_PROMETHEUS_MISSING;
    if (!missing.empty()) GTEST_SKIP() << missing;
  }
};

TEST_F(stock_prometheus, reads_our_metrics_page) {
  const auto counts = std::make_shared<metrics>();
  server_options of_server;
  of_server.metrics = counts;
  channel_options of_channel = quick_channel();
  of_channel.metrics = counts;
  world w("127.0.0.1:0", of_server, of_channel);
  w.greeter.hello = [](server_context&, HelloRequest r) -> awaitable<result<HelloReply>> {
    if (r.name() == "no") co_return status(status_code::not_found, "no");
    co_return reply(r.name());
  };
  w.play([&]() -> awaitable<void> {
    for (const char* name : {"Ali", "Ben", "no"}) (void)co_await w.stub->SayHello(request(name));
  });
  const auto page = metrics_page::open(w.io, "127.0.0.1:0", counts);
  ASSERT_TRUE(page) << page.error().message();
  const loop_thread loop(w.io);

  child_process reader({GRPCWIRE_PEER_PYTHON, GRPCWIRE_PROMETHEUS_READER, page.value().address()});
  std::vector<std::string> lines;
  for (std::string line = reader.line(); !line.empty(); line = reader.line()) {
    lines.push_back(line);
    if (line == "end") break;
  }
  ASSERT_THAT(lines, Contains("end"));

  const std::string client = "grpc_client_attempt_";
  const std::string server = "grpc_server_call_";
  for (const std::string& family :
       {client + "started counter", client + "duration_seconds histogram",
        client + "sent_total_compressed_message_size_bytes histogram",
        client + "rcvd_total_compressed_message_size_bytes histogram",
        std::string("grpc_client_call_duration_seconds histogram"), server + "started counter",
        server + "duration_seconds histogram",
        server + "sent_total_compressed_message_size_bytes histogram",
        server + "rcvd_total_compressed_message_size_bytes histogram"}) {
    EXPECT_THAT(lines, Contains(family));
  }
  const std::string method = "grpc_method=helloworld.Greeter/SayHello";
  const std::string target = ",grpc_target=dns:///" + w.address;
  EXPECT_THAT(lines, Contains("  " + client + "started_total " + method + target + " 3.0"));
  EXPECT_THAT(lines, Contains("  " + server + "started_total " + method + " 3.0"));
  EXPECT_THAT(lines,
              Contains("  " + server + "duration_seconds_count " + method + ",grpc_status=OK 2.0"));
  EXPECT_THAT(lines, Contains("  " + server + "duration_seconds_count " + method +
                              ",grpc_status=NOT_FOUND 1.0"));
  // "Ali" and "Ben", a tag and a length before each.
  const std::string sent = server + "sent_total_compressed_message_size_bytes_";
  EXPECT_THAT(lines, Contains("  " + sent + "sum " + method + ",grpc_status=OK 10.0"));
  EXPECT_THAT(lines, Contains("  " + sent + "bucket " + method + ",grpc_status=OK,le=0 0.0"));
  EXPECT_THAT(lines, Contains("  " + sent + "bucket " + method + ",grpc_status=OK,le=1024 2.0"));
  EXPECT_THAT(lines, Contains("  " + sent + "bucket " + method + ",grpc_status=OK,le=+Inf 2.0"));
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr(server + "duration_seconds_bucket"),
                                    HasSubstr("grpc_status=OK,le=100 2.0"))));
}

}  // namespace
}  // namespace grpcwire::tests
