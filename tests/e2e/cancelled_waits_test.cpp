// `||` and cancellation slots: what ends is the wait, and for unary calls the call.

#include <algorithm>
#include <optional>
#include <variant>

#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

awaitable<void> timer(std::chrono::microseconds time) {
  asio::steady_timer t(co_await asio::this_coro::executor, time);
  co_await t.async_wait(asio::use_awaitable);
}

TEST(a_timed_out_read, keeps_the_call_and_the_next_read_gets_the_message) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    const auto first = co_await (call.read() || timer(20ms));
    EXPECT_EQ(first.index(), 1U);
    EXPECT_TRUE(co_await call.write(request("after")));
    const auto second = co_await (call.read() || timer(10s));
    EXPECT_EQ(second.index(), 0U);
    EXPECT_TRUE(says(std::get<0>(second), "after"));
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

/// Times out again and again around the moment at which the message comes.
TEST(a_timed_out_read, loses_no_message_whatever_comes_first) {
  constexpr int count = 500;
  world w;
  w.greeter.replies = [](server_context&, HelloRequest,
                         greeter_server_call& c) -> awaitable<status> {
    for (int i = 0; i < count; ++i) {
      if (!co_await c.write(reply(std::to_string(i)))) break;
      if (i % 3 == 0) co_await timer(std::chrono::microseconds(i % 50));
    }
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloStreamReply(request(""));
    int next = 0;
    int timeouts = 0;
    int in_a_row = 0;  // doubles the timer, so that a slow build gets on, too
    bool ended = false;
    while (!ended && !testing::Test::HasFailure()) {
      const auto either = co_await (
          call.read() || timer(std::chrono::microseconds((1 << std::min(in_a_row, 14)) - 1)));
      if (either.index() == 1) {
        ++timeouts;
        ++in_a_row;
        continue;
      }
      in_a_row = 0;
      const auto& message = std::get<0>(either);
      if (message) {
        EXPECT_EQ(message->message(), std::to_string(next++));
      } else {
        EXPECT_EQ(message.error(), read_error::ended);
        ended = true;
      }
    }
    EXPECT_EQ(next, count);
    EXPECT_GT(timeouts, 0);
    EXPECT_TRUE((co_await call.finish()).ok());
  });
}

TEST(a_timed_out_read, of_a_handler_loses_no_message_either) {
  constexpr int count = 500;
  world w;
  int next = 0;
  int timeouts = 0;
  w.greeter.collect = [&](server_context&,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    int in_a_row = 0;
    for (bool ended = false; !ended;) {
      const auto either = co_await (
          c.read() || timer(std::chrono::microseconds((1 << std::min(in_a_row, 14)) - 1)));
      if (either.index() == 1) {
        ++timeouts;
        ++in_a_row;
        continue;
      }
      in_a_row = 0;
      const auto& message = std::get<0>(either);
      if (message) {
        EXPECT_EQ(message->name(), std::to_string(next++));
      } else {
        ended = true;
      }
    }
    co_return reply("done");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    for (int i = 0; i < count; ++i) {
      EXPECT_TRUE(co_await call.write(request(std::to_string(i))));
      if (i % 3 == 0) co_await timer(std::chrono::microseconds(i % 50));
    }
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(next, count);
    EXPECT_GT(timeouts, 0);
  });
}

TEST(a_read_with_a_slot, is_cancelled_alone_and_the_message_comes_with_the_next_one) {
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    world w;
    asio::cancellation_signal signal;
    std::optional<read_result<HelloReply>> first;
    greeter_call call = w.stub->SayHelloBidiStream();
    call.read(asio::bind_cancellation_slot(
        signal.slot(), [&](read_result<HelloReply> r) { first = std::move(r); }));
    signal.emit(type);  // before the operation has reached its executor
    EXPECT_TRUE(run_until(w.io, [&] { return first.has_value(); }));
    ASSERT_FALSE(*first);
    EXPECT_EQ(first->error(), read_error::cancelled);
    w.play([&]() -> awaitable<void> {
      EXPECT_TRUE(co_await call.write(request("x")));
      const auto next = co_await call.read();
      EXPECT_TRUE(next);
    });
  }
}

/// The message has come, but the handler has not run yet when the cancellation does. `begin` begins
/// a read with the token it is given.
template <class Result, class Begin>
void cancel_at_the_last_moment(world& w, greeter_call& call, Begin begin) {
  asio::io_context other;  // the handler's; it runs when the test says so
  asio::cancellation_signal signal;
  std::optional<Result> first;
  begin(asio::bind_cancellation_slot(
      signal.slot(),
      asio::bind_executor(other.get_executor(), [&](Result r) { first = std::move(r); })));
  w.play([&]() -> awaitable<void> {
    EXPECT_TRUE(co_await call.write(request("x")));
    co_await pause(50ms);  // the answer is here, posted to the other io_context
  });
  signal.emit(asio::cancellation_type::terminal);
  other.run();
  ASSERT_TRUE(first.has_value());
  ASSERT_FALSE(*first);
  EXPECT_EQ(first->error(), read_error::cancelled);
}

TEST(a_read_with_a_slot, gives_the_message_back_when_it_is_cancelled_at_the_last_moment) {
  world w;
  greeter_call call = w.stub->SayHelloBidiStream();
  cancel_at_the_last_moment<read_result<HelloReply>>(
      w, call, [&](auto token) { call.read(std::move(token)); });
  w.play([&]() -> awaitable<void> {
    const auto again = co_await call.read();
    EXPECT_TRUE(says(again, "x"));
  });
}

TEST(a_read_with_a_slot, gives_back_what_was_read_into_a_message_of_the_callers) {
  world w;
  greeter_call call = w.stub->SayHelloBidiStream();
  HelloReply message;
  cancel_at_the_last_moment<read_result<void>>(
      w, call, [&](auto token) { call.read_into(message, std::move(token)); });
  w.play([&]() -> awaitable<void> {
    HelloReply again;
    EXPECT_TRUE(co_await call.read_into(again));
    EXPECT_EQ(again.message(), "x");
  });
}

TEST(a_read_with_a_slot, is_not_ended_by_the_cancellation_of_the_one_before) {
  world w;
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    for (int i = 0; i < 200; ++i) {
      EXPECT_TRUE(co_await call.write(request("x")));
      // The timer ends in the same turn as the read as often as not.
      const auto either = co_await (call.read() || timer(std::chrono::microseconds(i)));
      if (either.index() == 1) {
        const auto next = co_await call.read();
        EXPECT_TRUE(next) << i;
      }
    }
  });
}

TEST(a_write_with_a_slot, is_cancelled_alone_and_its_message_still_goes_out) {
  world w;
  happening go(w.io);
  std::size_t seen = 0;
  w.greeter.collect = [&](server_context&,
                          greeter_server_call& c) -> awaitable<result<HelloReply>> {
    co_await go.wait();
    while (const auto message = co_await c.read()) seen += message->name().size();
    co_return reply("done");
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->CollectNames();
    std::size_t sent = 0;
    for (std::size_t index = 0; index == 0;) {  // until flow control holds one back
      sent += 300'000;
      const auto either = co_await (call.write(request(std::string(300'000, 'x'))) || timer(50ms));
      index = either.index();
    }
    EXPECT_LT(sent, 20U << 20);
    go.now();
    EXPECT_TRUE(co_await call.write(request("behind")));
    call.writes_done();
    EXPECT_TRUE((co_await call.finish()).ok());
    EXPECT_EQ(seen, sent + 6);
  });
}

TEST(a_unary_call, that_is_cancelled_resets_its_stream_and_the_handler_sees_it) {
  world w;
  happening entered(w.io);
  happening left(w.io);
  bool cancelled = false;
  w.greeter.hello = [&](server_context& context, HelloRequest) -> awaitable<result<HelloReply>> {
    entered.now();
    try {
      co_await pause(20s);
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), asio::error::operation_aborted);
      cancelled = context.cancelled();
    }
    left.now();
    co_return reply("nobody hears it");
  };
  w.play([&]() -> awaitable<void> {
    const auto either = co_await (w.stub->SayHello(request("x")) || entered.wait());
    EXPECT_EQ(either.index(), 1U);
    co_await left.wait();
    EXPECT_TRUE(cancelled);
  });
}

TEST(a_unary_call, completes_once_with_CANCELLED_through_its_slot) {
  world w;
  asio::cancellation_signal signal;
  std::optional<status> end;
  w.stub->SayHello(request("x"),
                   asio::bind_cancellation_slot(signal.slot(), [&](status s, HelloReply) {
                     EXPECT_FALSE(end);
                     end = s;
                   }));
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(run_until(w.io, [&] { return end.has_value(); }));
  EXPECT_EQ(end->code(), status_code::cancelled);
  EXPECT_EQ(w.greeter.calls, 0);
}

TEST(finish, that_is_cancelled_cancels_the_call) {
  world w;
  happening left(w.io);
  w.greeter.chat = [&](server_context& context, greeter_server_call& c) -> awaitable<status> {
    for (bool more = true; more;) more = bool(co_await c.read());
    EXPECT_TRUE(context.cancelled());
    left.now();
    co_return status();
  };
  w.play([&]() -> awaitable<void> {
    greeter_call call = w.stub->SayHelloBidiStream();
    EXPECT_TRUE(co_await call.write(request("x")));
    const auto either = co_await (call.finish() || timer(20ms));
    EXPECT_EQ(either.index(), 1U);
    co_await left.wait();
    EXPECT_EQ((co_await call.finish()).code(), status_code::cancelled);
  });
}

TEST(a_wait_for_a_state, is_cancelled_through_its_slot) {
  world w;
  w.play([&]() -> awaitable<void> {
    const auto either =
        co_await (w.channel->wait_for_state_change(channel_state::idle) || timer(5ms));
    EXPECT_EQ(either.index(), 1U);
    EXPECT_EQ(w.channel->state(), channel_state::idle);
  });
}

}  // namespace
}  // namespace grpcwire::tests
