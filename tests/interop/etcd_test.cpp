// Servers registered in a real etcd, and channels that find them there.

#include <set>

#include <gmock/gmock.h>

#include <grpcwire/rpc/etcd_entries_internal.hpp>
#include <grpcwire/rpc/etcd_registration.hpp>
#include <grpcwire/rpc/etcd_resolver.hpp>

#include "tests/interop/etcd_process.hpp"
#include "tests/support/e2e_fleet.hpp"

namespace grpcwire::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct etcd : testing::Test {
  void SetUp() override {
    const std::string_view missing = GRPCWIRE_ETCD_MISSING;
    if (!missing.empty()) GTEST_SKIP() << missing;
    registry.emplace();
  }

  etcd_settings settings() const {
    etcd_settings s;
    s.target = registry->address();
    s.timeout = 20s;
    s.channel.backoff.initial = 50ms;
    s.channel.backoff.max = 200ms;
    return s;
  }

  /// With a channel to `etcd:///shop`.
  void connect() {
    channel_options options = quick_channel();
    options.load_balancing = "round_robin";
    options.resolvers = {etcd_scheme(settings())};
    shop.emplace(io, "etcd:///shop", options);
    stub.emplace(*shop);
  }

  std::unique_ptr<etcd_registration> enter(const named_server& server,
                                           std::chrono::seconds time_to_live = 10s) {
    return std::make_unique<etcd_registration>(
        io, etcd_entry{.service = "shop", .address = server.address, .time_to_live = time_to_live},
        settings());
  }

  /// Who answers 20 calls, as `a b`; failures count under the name of their code.
  awaitable<std::string> answering() {
    std::set<std::string> seen;
    for (int i = 0; i < 20; ++i) {
      call_options options;
      options.wait_for_ready = true;
      options.deadline = 60s;
      const auto [end, answer] = co_await stub->SayHello(request("x"), options);
      seen.insert(end.ok() ? answer.message() : std::string(name(end.code())));
    }
    std::string text;
    for (const std::string& one : seen) text.append(text.empty() ? "" : " ").append(one);
    co_return text;
  }
  awaitable<void> until_these_answer(std::string wanted) {
    for (;;) {
      const std::string seen = co_await answering();
      if (seen == wanted) co_return;
      co_await pause(20ms);
    }
  }

  /// How one call ends that nobody may answer.
  awaitable<status> failure() {
    const auto [end, answer] = co_await stub->SayHello(request("x"));
    co_return end;
  }

  asio::io_context io;
  std::optional<etcd_process> registry;
  std::optional<channel> shop;
  std::optional<Greeter::stub> stub;
};

TEST_F(etcd, gives_a_channel_the_servers_that_are_registered) {
  named_server a(io, "a");
  named_server b(io, "b");
  const auto entry_a = enter(a);
  const auto entry_b = enter(b);
  play(io, [&]() -> awaitable<void> {
    const status entered_a = co_await entry_a->registered();
    EXPECT_TRUE(entered_a.ok() || entry_a->state().code() == status_code::unavailable);
    connect();
    co_await until_these_answer("a b");
    EXPECT_TRUE(entry_a->state().ok()) << describe(entry_a->state());
    EXPECT_TRUE(entry_b->state().ok()) << describe(entry_b->state());
  });
}

TEST_F(etcd, tells_of_servers_that_come_and_go) {
  named_server a(io, "a");
  named_server b(io, "b");
  const auto entry_a = enter(a);
  connect();
  play(io, [&]() -> awaitable<void> {
    co_await until_these_answer("a");
    const auto entry_b = enter(b);
    co_await until_these_answer("a b");
    const status withdrawn = co_await entry_a->withdraw();
    EXPECT_TRUE(withdrawn.ok()) << describe(withdrawn);
    EXPECT_EQ(entry_a->state().message(), "withdrawn");
    co_await until_these_answer("b");
  });
}

TEST_F(etcd, forgets_a_server_that_says_nothing_any_more) {
  named_server a(io, "a");
  named_server b(io, "b");
  const auto entry_a = enter(a);
  auto entry_b = enter(b, 1s);
  connect();
  play(io, [&]() -> awaitable<void> {
    co_await until_these_answer("a b");
    co_await pause(4s);  // longer than the lease of b: it is renewed
    co_await until_these_answer("a b");
    entry_b.reset();
    co_await until_these_answer("a");
  });
}

TEST_F(etcd, has_entries_that_its_own_tools_write_and_read) {
  named_server a(io, "a");
  named_server b(io, "b");
  named_server c(io, "c");
  const auto entry = enter(c);
  connect();
  play(io, [&]() -> awaitable<void> {
    co_await until_these_answer("c");
    registry->ctl({"put", "shop/plain", a.address});
    registry->ctl({"put", "shop/json", R"({"Op":0,"Addr":")" + b.address + R"("})"});
    registry->ctl({"put", "shop/bad", "nonsense"});
    registry->ctl({"put", "shopping/other", "127.0.0.1:1"});
    co_await until_these_answer("a b c");
  });
  EXPECT_THAT(registry->ctl({"get", "shop/" + c.address}),
              ElementsAre("shop/" + c.address,
                          R"({"Addr":")" + c.address + R"(","Metadata":null,"Op":0})"));
}

TEST_F(etcd, may_go_away_and_come_back) {
  named_server a(io, "a");
  named_server b(io, "b");
  const auto entry_a = enter(a, 2s);
  connect();
  play(io, [&]() -> awaitable<void> {
    co_await until_these_answer("a");
    registry->stop();
    const std::string without = co_await answering();
    EXPECT_EQ(without, "a") << "who was found stays while etcd is away";
    const auto entry_b = enter(b, 2s);
    const status refused = co_await entry_b->registered();
    EXPECT_EQ(refused.code(), status_code::unavailable) << describe(refused);
    registry->start();
    co_await until_these_answer("a b");
    co_await pause(3s);  // the entry of a was renewed, or made again
    co_await until_these_answer("a b");
  });
}

TEST_F(etcd, is_named_when_a_service_is_not_there) {
  registry->ctl({"endpoint", "health"});
  connect();
  play(io, [&]() -> awaitable<void> {
    const status nobody = co_await failure();
    EXPECT_EQ(nobody.code(), status_code::unavailable);
    EXPECT_THAT(describe(nobody), HasSubstr("etcd knows no server of \"shop\""));
    registry->ctl({"put", "shop/bad", "no address"});
    status bad;
    do bad = co_await failure();
    while (bad.message() == nobody.message());
    EXPECT_THAT(describe(bad), HasSubstr("what etcd has under \"shop/bad\" is no address"));
  });
}

TEST_F(etcd, is_named_when_it_cannot_be_reached) {
  registry->stop();
  connect();
  play(io, [&]() -> awaitable<void> {
    const status end = co_await failure();
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_THAT(describe(end), HasSubstr("etcd did not say where \"shop\" is"));
    EXPECT_THAT(describe(end), HasSubstr("check that etcd runs"));
  });
}

TEST(etcd_targets, may_name_another_etcd_and_must_name_a_service) {
  const resolver_scheme scheme = etcd_scheme();
  EXPECT_TRUE(scheme.make("///shop"));
  EXPECT_TRUE(scheme.make("//10.0.0.1:2379/shop/orders"));
  for (const char* bad : {"", "/", "//", "///", "shop", "//10.0.0.1:2379", "///shop/"}) {
    const auto made = scheme.make(bad);
    ASSERT_FALSE(made) << bad;
    EXPECT_THAT(made.error(), HasSubstr("etcd:///service"));
  }
}

TEST(etcd_entries, are_addresses_plain_or_in_JSON) {
  using detail::address_in;
  EXPECT_EQ(address_in("10.0.0.1:50051"), "10.0.0.1:50051");
  EXPECT_EQ(address_in("unix:/run/shop"), "unix:/run/shop");
  EXPECT_EQ(address_in(detail::value_of_server("[::1]:50051")), "[::1]:50051");
  for (const char* bad : {"", "{", "{}", R"({"Addr":7})", R"({"Addr":""})", "[::1", "a:b:c",
                          "a word", "host", "host:0", "::1"}) {
    EXPECT_EQ(address_in(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace grpcwire::tests
