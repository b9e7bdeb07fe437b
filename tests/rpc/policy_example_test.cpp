// The policy of docs/balancing.md.

#include <gmock/gmock.h>

#include <grpcwire/rpc/channel_options.hpp>

#include "examples/balancing/local_first.hpp"
#include "tests/support/fake_balancing.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(the_policy_of_the_example, prefers_servers_on_this_machine) {
  fake_channel c(std::make_unique<local_first>(), 2);
  for (const char* address : {"127.0.0.1:50051", "[::1]:50051", "unix:/run/hello"}) {
    c.backends.push_back(std::make_unique<fake_backend>(address, ""));
  }
  c.update();
  c.all_become(channel_state::ready);
  EXPECT_THAT(c.choose_many(300), ElementsAre(Pair("c", 100), Pair("d", 100), Pair("e", 100)));
  c[2].become(channel_state::transient_failure);
  EXPECT_THAT(c.choose_many(300), ElementsAre(Pair("d", 150), Pair("e", 150)));
  c[3].become(channel_state::transient_failure);
  c[4].become(channel_state::transient_failure);
  EXPECT_THAT(c.choose_many(300), ElementsAre(Pair("a", 150), Pair("b", 150)));
}

TEST(the_policy_of_the_example, is_put_into_the_options_of_a_channel) {
  channel_options options;
  options.load_balancers = {local_first::kind()};
  options.load_balancing = "local_first";
  EXPECT_NE(make_load_balancer(policy_of("local_first"), options.load_balancers), nullptr);
}

}  // namespace
}  // namespace grpcwire::tests
