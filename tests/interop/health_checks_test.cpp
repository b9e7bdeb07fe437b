// Our channel asks stock servers (grpcio 1.51) for their health, and balances by what they say.
#include <chrono>
#include <optional>
#include <set>
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
using helloworld::Greeter;
using ::testing::HasSubstr;

/// Two of them, `first` and `second`, and a channel that spreads its calls over both.
struct health_checks_of_stock_servers : stock_python_test {
  std::string start(std::optional<child_process>& server, const std::string& name,
                    const std::string& status) {
    server.emplace(
        stock_python("checked_server.py", {"--port=0", "--name=" + name, "--status=" + status}));
    const std::string line = server->line();
    EXPECT_THAT(line, HasSubstr("listening on "));
    return "127.0.0.1:" + line.substr(line.rfind(':') + 1);
  }
  void start(const std::string& of_first, const std::string& of_second) {
    channel_options options;
    options.backoff.initial = 50ms;
    options.service_config = R"({"loadBalancingConfig": [{"round_robin": {}}],
                                 "healthCheckConfig": {"serviceName": "helloworld.Greeter"}})";
    const std::string a = start(first, "first", of_first);
    const std::string b = start(second, "second", of_second);
    channel.emplace("ipv4:" + a + "," + b, std::move(options));
  }
  /// Who answered ten calls, or how they failed.
  std::set<std::string> answers() {
    std::set<std::string> who;
    for (int i = 0; i < 10; ++i) {
      const auto [end, reply] = Greeter::stub(*channel).SayHello({}, blocking);
      who.insert(end.ok() ? reply.message() : end.message());
    }
    return who;
  }
  testing::AssertionResult come_to_be(const std::set<std::string>& wanted) {
    std::set<std::string> last;
    for (const auto until = std::chrono::steady_clock::now() + 30s;
         std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(10ms)) {
      last = answers();
      if (last == wanted) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << testing::PrintToString(last);
  }

  std::optional<child_process> first;
  std::optional<child_process> second;
  std::optional<grpcwire::channel> channel;
};

TEST_F(health_checks_of_stock_servers, leave_out_one_that_does_not_serve_and_take_it_back) {
  start("SERVING", "NOT_SERVING");
  EXPECT_TRUE(come_to_be({"first"}));
  second->say("SERVING");
  EXPECT_TRUE(come_to_be({"first", "second"}));
  first->say("NOT_SERVING");
  EXPECT_TRUE(come_to_be({"second"}));
  second->say("SERVICE_UNKNOWN");
  EXPECT_TRUE(come_to_be({"the server says that helloworld.Greeter is SERVICE_UNKNOWN"}));
}

TEST_F(health_checks_of_stock_servers, begin_again_when_their_watch_ends) {
  start("SERVING", "SERVING");
  EXPECT_TRUE(come_to_be({"first", "second"}));
  first->say("end");
  second->say("end");
  EXPECT_TRUE(come_to_be({"first", "second"}));
  first->say("NOT_SERVING");
  EXPECT_TRUE(come_to_be({"second"})) << "by the second watch";
}

TEST_F(health_checks_of_stock_servers, take_one_without_health_service_as_healthy) {
  std::optional<child_process> server;
  server.emplace(stock_python("hello_server.py", {"--port=0"}));
  const std::string line = server->line();
  channel_options options;
  options.service_config = R"({"loadBalancingConfig": [{"round_robin": {}}],
                               "healthCheckConfig": {"serviceName": "helloworld.Greeter"}})";
  channel.emplace("localhost:" + line.substr(line.rfind(':') + 1), std::move(options));
  EXPECT_EQ(answers(), std::set<std::string>{"Hello "});
}

}  // namespace
}  // namespace grpcwire::tests
