// Who does not read stops who writes: memory on both sides stays bounded.

#include <string>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t total = 64U << 20;
// Stream window, connection window, output() of the session and the sockets' own buffers.
constexpr std::size_t bound = 16U << 20;

TEST(a_client_that_does_not_read, stops_the_server_at_a_bounded_amount) {
  world w;
  std::size_t taken = 0;
  happening left(w.io);
  w.greeter.replies = [&](server_context&, HelloRequest,
                          greeter_server_call& c) -> awaitable<status> {
    for (std::size_t sent = 0; sent < total; sent += piece) {
      if (!co_await c.write(reply(std::string(piece, 'x')))) break;
      taken += piece;
    }
    left.now();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request("x"));
    std::size_t before = 1;
    while (before != taken || taken == 0) {
      before = taken;
      co_await pause(100ms);
    }
    EXPECT_LT(taken, bound);
    EXPECT_FALSE(left.has_happened());
    // Other calls of the connection go on.
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    // It goes on when somebody reads, and nothing is missing.
    std::size_t read = 0;
    while (const auto message = co_await call.read()) read += message->message().size();
    EXPECT_EQ(read, total);
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_server_that_does_not_read, stops_the_client_at_a_bounded_amount) {
  world w;
  happening go_on(w.io);
  std::size_t read = 0;
  w.greeter.collect = [&](server_context&,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    co_await go_on.wait();
    while (const auto message = co_await c.read()) read += message->name().size();
    co_return reply("done");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    std::size_t taken = 0;
    const auto write_all = [&]() -> awaitable<void> {
      for (std::size_t sent = 0; sent < total; sent += piece) {
        if (!co_await call.write(request(std::string(piece, 'x')))) break;
        taken += piece;
      }
      call.writes_done();
    };
    const auto watch = [&]() -> awaitable<void> {
      std::size_t before = 1;
      while (before != taken || taken == 0) {
        before = taken;
        co_await pause(100ms);
      }
      EXPECT_LT(taken, bound);
      EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
      go_on.now();
    };
    co_await (write_all() && watch());
    EXPECT_EQ(taken, total);
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(read, total);
  });
}

TEST(finish, drops_what_was_not_read_and_the_server_can_end) {
  world w;
  w.greeter.replies = [&](server_context&, HelloRequest,
                          greeter_server_call& c) -> awaitable<status> {
    for (std::size_t sent = 0; sent < 8U << 20; sent += piece) {
      EXPECT_TRUE(co_await c.write(reply(std::string(piece, 'x'))));
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request("x"));
    co_await pause(50ms);
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

}  // namespace
}  // namespace grpcwire::tests
