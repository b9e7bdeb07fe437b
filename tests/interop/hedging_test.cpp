// Hedged calls to stock Python servers, which know nothing of hedging.

#include <string>
#include <vector>

#include "tests/interop/child_process.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

/// Its input ends with this object, and with that it does.
struct python_server : child_process {
  explicit python_server(const std::string& role)
      : child_process(stock_python("odd_peer.py", {role})), address("127.0.0.1:" + line()) {}
  std::string address;
};

channel_options hedging(const std::string& delay) {
  channel_options options = quick_channel();
  options.load_balancing = "round_robin";
  options.service_config = R"({"methodConfig": [{"name": [{}], "hedgingPolicy": {
      "maxAttempts": 3, "hedgingDelay": ")" +
                           delay + R"(", "nonFatalStatusCodes": ["UNAVAILABLE"]}}]})";
  return options;
}

using stock_servers = stock_python_test;
TEST_F(stock_servers, answer_a_hedged_call_when_one_of_them_is_stuck) {
  python_server stuck("stuck-server");
  const python_server quick("deflate-server");
  const channel c("ipv4:" + stuck.address + "," + quick.address, hedging("0.05s"));
  Greeter::stub stub(c);
  // In turn: some of the calls begin with the server that is stuck, once it is connected.
  int hedged = 0;
  for (int i = 0; i < 2000 && hedged < 5; ++i) {
    call_info info;
    const auto [status, answer] =
        stub.SayHello(request("Ali"), {.deadline = 20s, .info = &info}, blocking);
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message(), "Hello Ali");
    EXPECT_EQ(info.peer, quick.address);
    if (info.previous_attempts != 0) ++hedged;
  }
  EXPECT_EQ(hedged, 5);
  std::string said = stuck.line();
  EXPECT_EQ(said, "attempt after none");
  while (said.starts_with("attempt")) said = stuck.line();
  EXPECT_EQ(said, "cancelled");
}

TEST_F(stock_servers, that_fail_without_harm_are_asked_again_by_a_hedged_call) {
  python_server flaky("flaky-server");
  const channel c("ipv4:" + flaky.address, hedging("30s"));
  const auto [status, answer] =
      Greeter::stub(c).SayHello(request("x"), {.deadline = 20s}, blocking);
  EXPECT_TRUE(status.ok()) << describe(status);
  EXPECT_EQ(answer.message(), "none 1 2");
}

}  // namespace
}  // namespace grpcwire::tests
