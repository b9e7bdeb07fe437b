// Channels with several servers behind them: found, spread over, lost, replaced.

#include <cstring>
#include <set>
#include <sys/socket.h>

#include <asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "tests/support/e2e_fleet.hpp"
#include "tests/support/temporary_folder.hpp"

namespace grpcwire::tests {
namespace {

using testing::HasSubstr;

TEST(round_robin, gives_each_server_the_same_number_of_calls) {
  fleet f(3);
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(3);
    EXPECT_EQ(co_await f.call(300), "100 a, 100 b, 100 c");
    EXPECT_EQ(f.channel->state(), channel_state::ready);
  });
}

/// Calls until two servers have answered; each call is served.
void expect_two_to_answer(asio::io_context& io, Greeter::stub& stub) {
  std::set<std::string> seen;
  play(io, [&]() -> awaitable<void> {
    while (seen.size() != 2) {
      const auto [end, answer] = co_await stub.SayHello(request("x"));
      EXPECT_TRUE(end.ok()) << describe(end);
      seen.insert(answer.message());
    }
  });
}

TEST(round_robin, spreads_calls_over_a_list_of_addresses) {
  asio::io_context io;
  named_server a(io, "a");
  named_server c(io, "c");
  channel_options options = quick_channel();
  options.load_balancing = "round_robin";
  const channel ch(io, "ipv4:" + a.address + "," + c.address, options);
  Greeter::stub stub(ch);
  expect_two_to_answer(io, stub);
}

TEST(round_robin, spreads_calls_over_a_list_of_paths) {
  const temporary_folder folder;
  const std::string first = folder.path() + "/a";
  const std::string second = folder.path() + "/b";
  asio::io_context io;
  const named_server a(io, "a", "unix:" + first);
  const named_server b(io, "b", "unix:" + second);
  channel_options options = quick_channel();
  options.load_balancing = "round_robin";
  const channel ch(io, "unix:" + first + "," + second, options);
  Greeter::stub stub(ch);
  expect_two_to_answer(io, stub);
  const channel either(io, "unix:" + first + ".none," + second, quick_channel());
  play(io, [&]() -> awaitable<void> {
    const auto [end, answer] = co_await Greeter::stub(either).SayHello(request("x"));
    EXPECT_EQ(answer.message(), "b") << describe(end) << " pick_first takes the one that answers";
  });
}

TEST(round_robin, connects_to_both_families_of_a_name) {
  asio::io_context io;
  named_server four(io, "four", "127.0.0.1:0");
  const std::string port = four.address.substr(four.address.rfind(':'));
  std::set<bool> families;
  for (const auto& found : asio::ip::tcp::resolver(io).resolve("localhost", port.substr(1))) {
    families.insert(found.endpoint().address().is_v6());
  }
  if (families.size() != 2) GTEST_SKIP() << "localhost is one address here, not one of each family";
  named_server six(io, "six", "[::1]" + port);
  channel_options options = quick_channel();
  options.load_balancing = "round_robin";
  const channel ch(io, "dns:///localhost" + port, options);
  Greeter::stub stub(ch);
  expect_two_to_answer(io, stub);
}

TEST(round_robin, leaves_out_a_server_that_is_gone_and_takes_it_back) {
  fleet f(3);
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(3);
    const std::string address = f.servers[1]->address;
    f.servers[1]->server.reset();
    for (std::string spread; spread != "10 a, 10 c";) {
      co_await pause(5ms);
      spread = co_await f.call(20);
    }
    EXPECT_GE(f.names.asked_again(), 1);
    f.servers[1] = std::make_unique<named_server>(f.io, "b", address);
    co_await f.until_all_answer(3);
  });
}

TEST(round_robin, says_why_when_no_server_is_left) {
  fleet f(2);
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    f.servers[0]->server.reset();
    f.servers[1]->server.reset();
    while (f.channel->state() != channel_state::transient_failure) co_await pause(5ms);
    const auto end = std::get<0>(co_await f.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_THAT(end.message(), HasSubstr("cannot connect")) << describe(end);
  });
}

TEST(a_resolver, moves_new_calls_and_lets_old_ones_finish) {
  fleet f(2);
  f.names.tell({.endpoints = {f.where(0)}});
  happening go_on(f.io);
  f.servers[0]->greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    (void)co_await c.write(reply("from a"));
    co_await go_on.wait();
    (void)co_await c.write(reply("still a"));
    co_return status();
  };
  f.play([&]() -> awaitable<void> {
    greeter_call old = f.stub->SayHelloBidiStream();
    EXPECT_TRUE(says(co_await old.read(), "from a"));
    f.names.tell({.endpoints = {f.where(1)}});
    EXPECT_EQ(co_await f.call(10), "10 b");
    go_on.now();
    EXPECT_TRUE(says(co_await old.read(), "still a"));
    EXPECT_TRUE((co_await old.finish()).ok());
    while (f.servers[0]->server->connection_count() != 0) co_await pause(5ms);
  });
}

TEST(a_resolver, that_fails_fails_calls_but_not_those_that_wait_for_ready) {
  fleet f(1);
  f.names.tell(status(status_code::unavailable, "the registry is on fire"));
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("x")));
    EXPECT_EQ(end.code(), status_code::unavailable);
    EXPECT_THAT(end.message(), HasSubstr("on fire"));
    EXPECT_EQ(f.channel->state(), channel_state::transient_failure);
    asio::steady_timer later(f.io, 20ms);
    later.async_wait([&](std::error_code) { f.find_all(); });
    EXPECT_EQ(co_await f.call(1, {.wait_for_ready = true}), "1 a");
    // What was found stays, whatever goes wrong later.
    f.names.tell(status(status_code::unavailable, "on fire again"));
    EXPECT_EQ(co_await f.call(5), "5 a");
    f.names.tell(resolution{});
    EXPECT_EQ(co_await f.call(5), "5 a");
  });
}

TEST(a_resolver, that_finds_nobody_is_told_so_in_the_status) {
  fleet f(0);
  f.names.tell(resolution{});
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("x")));
    EXPECT_THAT(end.message(), HasSubstr("no server for test:///fleet"));
  });
}

TEST(a_resolver, is_not_asked_before_the_first_call) {
  fleet f(1);
  f.io.poll();
  EXPECT_FALSE(f.names.started());
  EXPECT_EQ(f.channel->state(), channel_state::idle);
}

TEST(pick_first, stays_with_its_connection_while_the_address_is_listed) {
  fleet f(3, "pick_first");
  f.names.tell({.endpoints = {f.where(0), f.where(1)}});
  f.play([&]() -> awaitable<void> {
    EXPECT_EQ(co_await f.call(5), "5 a");
    f.names.tell({.endpoints = {f.where(2), f.where(0)}});
    EXPECT_EQ(co_await f.call(5), "5 a");
    EXPECT_EQ(f.servers[0]->server->connection_count(), 1U);
    f.names.tell({.endpoints = {f.where(2), f.where(1)}});
    EXPECT_EQ(co_await f.call(5), "5 c");
  });
}

TEST(pick_first, takes_the_next_address_when_one_is_dead) {
  fleet f(2, "pick_first");
  f.servers[0]->server.reset();
  f.find_all();
  f.play([&]() -> awaitable<void> { EXPECT_EQ(co_await f.call(5), "5 b"); });
}

/// Its queue is full: the system drops what would connect to it.
class silent_address {
 public:
  silent_address() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    auto* address = reinterpret_cast<sockaddr*>(&any);
    if (::bind(socket_, address, size) != 0 || ::listen(socket_, 0) != 0) return;
    ::getsockname(socket_, address, &size);
    port_ = ntohs(any.sin_port);
    for (int& filler : fillers_) {
      filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      (void)::connect(filler, address, size);
    }
  }
  silent_address(const silent_address&) = delete;
  silent_address& operator=(const silent_address&) = delete;
  ~silent_address() {
    for (const int filler : fillers_) ::close(filler);
    ::close(socket_);
  }
  std::string text() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
  int fillers_[4] = {-1, -1, -1, -1};
};

TEST(pick_first, does_not_wait_for_an_address_that_is_silent) {
  fleet f(1, "pick_first");
  const silent_address silent;
  f.names.tell({.endpoints = {{.addresses = {silent.text()}}, f.where(0)}});
  f.play([&]() -> awaitable<void> {
    // With the time-out of a connection attempt, 5 s here, the deadline would pass.
    EXPECT_EQ(co_await f.call(1, {.deadline = 4s}), "1 a");
  });
}

TEST(a_policy_of_the_program, decides_by_the_request) {
  /// The server whose place is in the metadata.
  struct by_place final : every_backend {
    backend& among(const std::vector<backend*>& ready, const pick_request& call) override {
      const auto place = call.metadata.get("place");
      return *ready[place ? std::stoul(std::string(*place)) : 0];
    }
  };
  fleet f(3);
  channel_options options = quick_channel();
  options.load_balancers = {
      {.name = "by_place", .make = [](std::string_view) { return std::make_unique<by_place>(); }}};
  f.connect("by_place", options);
  f.find_all();
  f.play([&]() -> awaitable<void> {
    while (f.servers[0]->server->connection_count() + f.servers[1]->server->connection_count() +
               f.servers[2]->server->connection_count() !=
           3) {
      f.channel->connect();
      co_await pause(5ms);
    }
    co_await pause(50ms);
    for (std::size_t place = 0; place < 3; ++place) {
      call_options how;
      how.metadata.add("place", std::to_string(place));
      const auto [end, answer] = co_await f.stub->SayHello(request("x"), how);
      EXPECT_EQ(answer.message(), f.servers[place]->name) << describe(end);
    }
  });
}

TEST(a_policy, that_does_not_exist_is_named_in_every_status) {
  fleet f(1, "worst_fit");
  f.play([&]() -> awaitable<void> {
    const auto end = std::get<0>(co_await f.stub->SayHello(request("x")));
    EXPECT_THAT(end.message(), HasSubstr("no load balancing \"worst_fit\""));
  });
}

TEST(least_request, spares_the_server_that_is_busy) {
  fleet f(2, "least_request_experimental");
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    // Calls that b ends at once and a does not.
    f.servers[1]->greeter.chat = [](server_context&, greeter_server_call&) -> awaitable<status> {
      co_return status();
    };
    std::vector<greeter_call> open;
    for (int i = 0; i < 100; ++i) {
      open.push_back(f.stub->SayHelloBidiStream());
      if (i % 10 == 0) co_await pause(5ms);  // those of b are over, those of a stay
    }
    // Two are drawn for each call: a alone is drawn for a quarter of them.
    const auto spread = co_await f.count_answers(1000);
    EXPECT_GT(spread.at("b"), 2 * spread.at("a"));
  });
}

channel_options with_ring_hash() {
  channel_options options = quick_channel();
  options.service_config =
      R"({"loadBalancingConfig": [{"ring_hash_experimental": {"requestHashHeader": "user"}}]})";
  return options;
}

TEST(ring_hash, sends_calls_with_the_same_header_to_the_same_server) {
  fleet f(4);
  f.connect("pick_first", with_ring_hash());
  f.find_all();
  f.play([&]() -> awaitable<void> {
    std::set<std::string> servers;
    // So many that each server has some of them, wherever its port puts it on the ring.
    for (int user = 0; user < 200; ++user) {
      call_options how;
      how.metadata.add("user", std::to_string(user));
      const std::string spread = co_await f.call(3, how);
      EXPECT_EQ(spread.substr(0, 2), "3 ");
      servers.insert(spread);
    }
    EXPECT_EQ(servers.size(), 4U);
  });
}

TEST(ring_hash, starts_each_call_once_when_many_wait_and_more_servers_are_connected_to) {
  fleet f(8);
  f.connect("pick_first", with_ring_hash());
  f.find_all();
  int handled = 0;
  for (const auto& s : f.servers) {
    s->greeter.chat = [&](server_context&, greeter_server_call&) -> awaitable<status> {
      ++handled;
      co_return status();
    };
  }
  f.play([&]() -> awaitable<void> {
    std::vector<greeter_call> open;
    for (int i = 0; i < 100; ++i) open.push_back(f.stub->SayHelloBidiStream());
    for (greeter_call& call : open) {
      const status end = co_await call.finish();
      EXPECT_TRUE(end.ok()) << describe(end);
    }
    EXPECT_EQ(handled, 100);
  });
}

TEST(outlier_detection, keeps_calls_away_from_a_server_that_fails_them) {
  fleet f(3);
  channel_options options = quick_channel();
  options.service_config = R"({"loadBalancingConfig": [{"outlier_detection_experimental": {
      "interval": "0.05s", "baseEjectionTime": "60s", "maxEjectionPercent": 50,
      "failurePercentageEjection": {"minimumHosts": 3, "requestVolume": 5},
      "childPolicy": [{"round_robin": {}}]}}]})";
  f.connect("round_robin", options);
  f.servers[1]->greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_return codec::unexpected{status(status_code::internal, "always")};
  };
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(3);
    for (std::string spread; spread != "50 a, 50 c";) spread = co_await f.call(100);
    EXPECT_EQ(f.servers[1]->server->connection_count(), 1U) << "its connection stays";
  });
}

/// xds.data.orca.v3.OrcaLoadReport with application_utilization and rps_fractional.
std::string load_report(double utilization, double calls_per_second) {
  std::string bytes;
  for (const auto& [tag, value] :
       {std::pair{'\x49', utilization}, std::pair{'\x31', calls_per_second}}) {
    bytes.push_back(tag);
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes.append(raw, sizeof raw);
  }
  return bytes;
}

TEST(weighted_round_robin, gives_more_to_the_server_that_reports_less_load) {
  fleet f(2);
  channel_options options = quick_channel();
  options.service_config = R"({"loadBalancingConfig": [{"weighted_round_robin": {
      "blackoutPeriod": "0s", "weightUpdatePeriod": "0.1s"}}]})";
  f.connect("round_robin", options);
  for (auto& s : f.servers) {
    s->greeter.hello = [me = s.get()](server_context& context,
                                      HelloRequest) -> awaitable<result<HelloReply>> {
      context.add_trailing_metadata("endpoint-load-metrics-bin",
                                    load_report(me->name == "a" ? 0.2 : 0.8, 100));
      co_return reply(me->name);
    };
  }
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    co_await pause(150ms);
    (void)co_await f.call(10);
    const auto spread = co_await f.count_answers(100);  // 4 to 1, or very nearly
    EXPECT_NEAR(spread.at("a"), 80, 2);
    EXPECT_NEAR(spread.at("b"), 20, 2);
  });
}

TEST(a_channel_to_many, goes_idle_and_wakes_up) {
  fleet f(2);
  channel_options options = quick_channel();
  options.idle_timeout = 100ms;
  f.connect("round_robin", options);
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    while (f.channel->state() != channel_state::idle) co_await pause(5ms);
    while (f.servers[0]->server->connection_count() != 0) co_await pause(5ms);
    co_await f.until_all_answer(2);
  });
}

TEST(a_channel_to_many, may_go_with_its_io_context) {
  auto f = std::make_unique<fleet>(3);
  f->find_all();
  f->play([&]() -> awaitable<void> { co_await f->until_all_answer(3); });
  const greeter_call open = f->stub->SayHelloBidiStream();
  f.reset();
}

}  // namespace
}  // namespace grpcwire::tests
