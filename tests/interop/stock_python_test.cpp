// Stock Python peers that read nothing, that compress, and that live through a fork of ours. Memory
// figures are those of this process, in which only our side runs.

#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "tests/interop/child_process.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

using codec::encoding;

/// Its input ends with this object, and with that it does.
struct odd_peer : child_process {
  explicit odd_peer(const std::vector<std::string>& arguments)
      : child_process(stock_python("odd_peer.py", arguments)) {}
};

/// Resident memory of this process in MiB.
double resident() {
  std::ifstream statm("/proc/self/statm");
  double all = 0;
  double pages = 0;
  statm >> all >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t total = 512U << 20;

/// Until this side has been kept from writing for a while.
awaitable<void> until_quiet(const std::size_t& taken) {
  std::size_t before = 1;
  while (before != taken || taken == 0) {
    before = taken;
    co_await pause(500ms);
  }
}

class figures {
 public:
  void expect_flat(std::size_t taken) const {
    const double grown = resident() - before_;
    testing::Test::RecordProperty("resident_before_MiB", std::to_string(before_));
    testing::Test::RecordProperty("resident_growth_MiB", std::to_string(grown));
    testing::Test::RecordProperty("written_MiB", static_cast<int>(taken >> 20));
    std::printf("          resident %.1f MiB, %+.1f MiB; %.1f MiB of %zu written\n", before_, grown,
                static_cast<double>(taken) / (1 << 20), total >> 20);
    EXPECT_LT(taken, total / 8);
    EXPECT_LT(grown, 32) << "MiB";
  }

 private:
  double before_ = resident();
};

using a_stock_client_that_does_not_read = stock_python_test;
TEST_F(a_stock_client_that_does_not_read, leaves_the_memory_of_our_server_as_it_is) {
  world w;
  std::size_t taken = 0;
  w.greeter.replies = [&](server_context&, HelloRequest,
                          greeter_server_call& c) -> awaitable<status> {
    while (taken < total && co_await c.write(reply(std::string(piece, 'x')))) taken += piece;
    co_return status();
  };
  const figures memory;
  const odd_peer client({"slow-client", w.address});
  w.play([&]() -> awaitable<void> {
    co_await until_quiet(taken);
    memory.expect_flat(taken);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

using a_stock_server_that_does_not_read = stock_python_test;
TEST_F(a_stock_server_that_does_not_read, leaves_the_memory_of_our_client_as_it_is) {
  odd_peer server({"slow-server"});
  const std::string address = "127.0.0.1:" + server.line();
  asio::io_context io;
  const channel c(io, address, quick_channel());
  Greeter::stub stub(c);
  const figures memory;
  std::size_t taken = 0;
  play(io, [&]() -> awaitable<void> {
    greeter_call call = stub.CollectNames();
    const auto write_all = [&]() -> awaitable<void> {
      while (taken < total && co_await call.write(request(std::string(piece, 'x')))) {
        taken += piece;
      }
    };
    const auto watch = [&]() -> awaitable<void> {
      co_await until_quiet(taken);
      memory.expect_flat(taken);
      EXPECT_TRUE((co_await call.flow_control()).write_waits());
      EXPECT_TRUE(std::get<0>(co_await stub.SayHello(request("x"))).ok());
      call.cancel();
    };
    co_await (write_all() && watch());
    EXPECT_EQ((co_await call.finish()).code(), status_code::cancelled);
  });
}

using a_stock_client = stock_python_test;
TEST_F(a_stock_client, compresses_with_deflate_and_reads_our_deflate) {
  world w;
  bool compressed = false;
  w.greeter.hello = [&](server_context& context, HelloRequest r) -> awaitable<result<HelloReply>> {
    compressed = context.request_was_compressed();
    context.set_compression(encoding::deflate);
    co_return reply(std::to_string(r.name().size()) + std::string(3000, 'y'));
  };
  odd_peer client({"deflate-client", w.address});
  w.play([&]() -> awaitable<void> {
    while (w.greeter.calls == 0 || w.server->connection_count() != 0) co_await pause(5ms);
  });
  EXPECT_TRUE(compressed);
  EXPECT_EQ(client.line(), "2000" + std::string(3000, 'y'));
}

using a_stock_server = stock_python_test;
TEST_F(a_stock_server, reads_our_deflate_and_compresses_with_it) {
  odd_peer server({"deflate-server"});
  const channel c("127.0.0.1:" + server.line(), quick_channel());
  call_info info;
  const auto [status, answer] = Greeter::stub(c).SayHello(
      request(std::string(2000, 'x')), {.compression = encoding::deflate, .info = &info}, blocking);
  EXPECT_TRUE(status.ok()) << describe(status);
  EXPECT_EQ(answer.message(), "Hello " + std::string(2000, 'x'));
  EXPECT_TRUE(info.response_was_compressed);
}

const std::string retries = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
    "maxAttempts": 4, "initialBackoff": "10s", "maxBackoff": "10s", "backoffMultiplier": 1,
    "retryableStatusCodes": ["UNAVAILABLE"]}}]})";

TEST_F(a_stock_server, is_asked_again_when_it_says_so) {
  odd_peer server({"flaky-server"});
  channel_options options = quick_channel();
  options.service_config = retries;
  const channel c("127.0.0.1:" + server.line(), options);
  // Its push-back counts, not the delay of the policy.
  const auto [status, answer] = Greeter::stub(c).SayHello(request("x"), {.deadline = 5s}, blocking);
  EXPECT_TRUE(status.ok()) << describe(status);
  EXPECT_EQ(answer.message(), "none 1 2");
}

TEST_F(a_stock_client, asks_our_server_again_when_it_says_so) {
  world w;
  std::string seen;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    const auto before = context.request_metadata().get("grpc-previous-rpc-attempts");
    seen += before ? std::string(*before) : "-";
    if (seen.size() == 3) co_return reply(seen);
    context.add_trailing_metadata("grpc-retry-pushback-ms", "1");
    co_return codec::unexpected{status(status_code::unavailable, "not now")};
  };
  odd_peer client({"retry-client", w.address});
  w.play([&]() -> awaitable<void> {
    while (seen.size() < 3 || w.server->connection_count() != 0) co_await pause(5ms);
  });
  EXPECT_EQ(client.line(), "-12");
}

TEST_F(a_stock_server, serves_parent_and_child_after_a_fork) {
  using fork_event = asio::execution_context::fork_event;
  odd_peer server({"deflate-server"});
  channel c("127.0.0.1:" + server.line(), quick_channel());
  Greeter::stub stub(c);
  ASSERT_TRUE(std::get<0>(stub.SayHello(request("x"), blocking)).ok());
  c.notify_fork(fork_event::fork_prepare);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    c.notify_fork(fork_event::fork_child);
    ::_exit(std::get<0>(stub.SayHello(request("x"), blocking)).ok() ? 7 : 1);
  }
  c.notify_fork(fork_event::fork_parent);
  EXPECT_TRUE(std::get<0>(stub.SayHello(request("x"), blocking)).ok());
  int how = 0;
  ::waitpid(child, &how, 0);
  EXPECT_TRUE(WIFEXITED(how) && WEXITSTATUS(how) == 7) << how;
  EXPECT_TRUE(std::get<0>(stub.SayHello(request("x"), blocking)).ok());
  EXPECT_EQ(c.state(), channel_state::ready) << "the parent's connection was left alone";
}

}  // namespace
}  // namespace grpcwire::tests
