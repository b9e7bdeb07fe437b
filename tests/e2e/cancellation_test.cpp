// cancel(), handles that go away, and what handlers see of it.

#include <optional>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

/// A bidirectional call whose handler echoes and notes how it ended.
struct watched_chat {
  world w;
  happening left{w.io};
  bool handler_saw_it = false;

  watched_chat() {
    w.greeter.chat = [this](server_context& context, greeter_server_call& c) -> awaitable<status> {
      while (const auto message = co_await c.read()) {
        if (!co_await c.write(reply(message->name()))) break;
      }
      handler_saw_it = context.cancelled();
      left.now();
      co_return status();
    };
  }
};

TEST(cancel, before_anything_was_sent_ends_the_call_without_the_server) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    greeter_call call = s.w.stub->SayHelloBidiStream();
    call.cancel();
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::cancelled);
    EXPECT_EQ(end.details().origin, status_origin::local);
    EXPECT_FALSE(co_await call.read());
    EXPECT_EQ((co_await call.write(request("x"))).error(), write_error::ended);
    EXPECT_EQ(s.w.greeter.calls, 0);
  });
}

TEST(cancel, after_the_headers_is_seen_by_the_handler) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    greeter_call call = s.w.stub->SayHelloBidiStream();
    while (s.w.greeter.calls == 0) co_await pause(1ms);
    call.cancel();
    EXPECT_EQ((co_await call.finish()).code(), status_code::cancelled);
    co_await s.left.wait();
    EXPECT_TRUE(s.handler_saw_it);
  });
}

TEST(cancel, in_the_middle_ends_the_read_that_is_under_way) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    greeter_call call = s.w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_TRUE(says(co_await call.read(), "x"));
    std::optional<read_error> read;
    call.read([&](read_result<HelloReply> r) { read = r.error(); });
    call.cancel();
    const status end = co_await call.finish();
    EXPECT_EQ(end.code(), status_code::cancelled);
    co_await s.left.wait();
    EXPECT_TRUE(s.handler_saw_it);
    EXPECT_EQ(read, read_error::ended);
  });
}

TEST(cancel, may_be_called_twice_and_after_the_end) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    greeter_call call = s.w.stub->SayHelloBidiStream();
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
    call.cancel();
    call.cancel();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_handle, that_is_destroyed_cancels_its_call) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    {
      greeter_call call = s.w.stub->SayHelloBidiStream();
      EXPECT_TRUE(co_await call.write(request("x")));
      EXPECT_TRUE(says(co_await call.read(), "x"));
    }
    co_await s.left.wait();
    EXPECT_TRUE(s.handler_saw_it);
  });
}

TEST(a_handle, that_is_assigned_to_cancels_the_call_it_had) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    greeter_call call = s.w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    EXPECT_TRUE(says(co_await call.read(), "x"));
    call = s.w.stub->SayHelloBidiStream();
    co_await s.left.wait();
    EXPECT_TRUE(s.handler_saw_it);
    EXPECT_TRUE(co_await call.write(request("y")));
    EXPECT_TRUE(says(co_await call.read(), "y"));
  });
}

/// The handle says that nobody wants to know; the place for it may be gone too.
TEST(a_handle, that_is_destroyed_leaves_call_info_alone) {
  watched_chat s;
  s.w.play([&]() -> awaitable<void> {
    {
      auto info = std::make_unique<call_info>();
      greeter_call call = s.w.stub->SayHelloBidiStream({.info = info.get()});
      EXPECT_TRUE(co_await call.write(request("x")));
      EXPECT_TRUE(says(co_await call.read(), "x"));
    }
    co_await s.left.wait();
  });
}

TEST(a_handler, has_its_awaits_cancelled) {
  world w;
  happening entered(w.io);
  happening left(w.io);
  std::error_code thrown;
  w.greeter.chat = [&](server_context& context, greeter_server_call&) -> awaitable<status> {
    entered.now();
    try {
      co_await pause(20s);
    } catch (const std::system_error& e) {
      thrown = e.code();
      EXPECT_TRUE(context.cancelled());
    }
    left.now();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    co_await entered.wait();
    call.cancel();
    co_await left.wait();
    EXPECT_EQ(thrown, asio::error::operation_aborted);
  });
}

TEST(a_handler, that_ignores_the_cancellation_harms_nobody) {
  world w;
  happening go_on(w.io);
  happening left(w.io);
  write_error written{};
  w.greeter.chat = [&](server_context&, greeter_server_call& c) -> awaitable<status> {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await go_on.wait();
    written = (co_await c.write(reply("too late"))).error();
    EXPECT_FALSE(co_await c.read());
    left.now();
    co_return status(status_code::aborted, "nobody hears it");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    while (w.greeter.calls == 0) co_await pause(1ms);
    call.cancel();
    EXPECT_EQ((co_await call.finish()).code(), status_code::cancelled);
    co_await pause(10ms);
    go_on.now();
    co_await left.wait();
    EXPECT_EQ(written, write_error::ended);
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
  });
}

TEST(a_handler, that_waits_for_flow_control_is_told_of_the_end) {
  world w;
  happening left(w.io);
  write_error last{};
  w.greeter.replies = [&](server_context&, HelloRequest,
                          greeter_server_call& c) -> awaitable<status> {
    co_await asio::this_coro::throw_if_cancelled(false);
    for (;;) {
      const write_result written = co_await c.write(reply(std::string(100'000, 'x')));
      if (written) continue;
      last = written.error();
      break;
    }
    left.now();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    {
      greeter_call call = w.stub->SayHelloStreamReply(request("x"));
      co_await pause(50ms);
    }
    co_await left.wait();
    EXPECT_NE(last, write_error::none);
  });
}

TEST(many_cancelled_calls, leave_the_connection_in_order) {
  world w;
  w.play([&]() -> awaitable<void> {
    for (int i = 0; i < 300; ++i) {
      greeter_call call = w.stub->SayHelloBidiStream();
      if (i % 3 != 0) {
        EXPECT_TRUE(co_await call.write(request("x")));
      }
      if (i % 3 == 2) {
        EXPECT_TRUE(says(co_await call.read(), "x"));
      }
    }
    EXPECT_TRUE(std::get<0>(co_await w.stub->SayHello(request("x"))).ok());
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

}  // namespace
}  // namespace grpcwire::tests
