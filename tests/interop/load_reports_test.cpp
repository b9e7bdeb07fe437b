// Our channel hears from stock servers (grpcio 1.51) how busy they are, and balances by it.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <grpcwire/rpc/blocking.hpp>
#include <grpcwire/rpc/channel.hpp>

#include "helloworld/helloworld.grpcwire.hpp"
#include "tests/interop/child_process.hpp"

namespace grpcwire::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct load_reports_of_stock_servers : stock_python_test {
  static std::string start(std::optional<child_process>& server, const std::string& name,
                           const std::string& utilization) {
    server.emplace(stock_python("load_server.py",
                                {"--port=0", "--name=" + name, "--utilization=" + utilization}));
    const std::string line = server->line();
    EXPECT_THAT(line, HasSubstr("listening on "));
    return "127.0.0.1:" + line.substr(line.rfind(':') + 1);
  }
  std::optional<child_process> idle;
  std::optional<child_process> busy;
};

TEST_F(load_reports_of_stock_servers, make_the_weights_of_weighted_round_robin) {
  const std::string a = start(idle, "idle", "0.25");
  const std::string b = start(busy, "busy", "0.75");
  channel_options options;
  options.service_config = R"({"loadBalancingConfig": [{"weighted_round_robin": {
      "enableOobLoadReport": true, "oobReportingPeriod": "0.1s", "blackoutPeriod": "0s",
      "weightUpdatePeriod": "0.1s"}}]})";
  grpcwire::channel channel("ipv4:" + a + "," + b, std::move(options));
  std::map<std::string, int> answers;
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (answers["idle"] < 72 && std::chrono::steady_clock::now() < until) {
    answers.clear();
    for (int i = 0; i < 100; ++i) {
      const auto [end, reply] = helloworld::Greeter::stub(channel).SayHello({}, blocking);
      EXPECT_TRUE(end.ok()) << describe(end);
      ++answers[reply.message()];
    }
  }
  EXPECT_NEAR(answers["idle"], 75, 3) << "three times as many";
  EXPECT_NEAR(answers["busy"], 25, 3);
}

}  // namespace
}  // namespace grpcwire::tests
