// Every completion token of Asio, and the blocking one.

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <asio/experimental/deferred.hpp>
#include <asio/strand.hpp>
#include <asio/use_future.hpp>

#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

TEST(tokens, a_callback_gets_status_and_response) {
  world w;
  bool called = false;
  w.stub->SayHello(request("Ada"), [&](status s, HelloReply r) {
    EXPECT_TRUE(s.ok()) << describe(s);
    EXPECT_EQ(r.message(), "Hello Ada");
    called = true;
  });
  EXPECT_FALSE(called) << "never from within the initiating function";
  EXPECT_TRUE(run_until(w.io, [&] { return called; }));
}

TEST(tokens, a_callback_may_move_only) {
  world w;
  auto seen = std::make_unique<int>(0);
  int* count = seen.get();
  w.stub->SayHello(request("Ada"), [seen = std::move(seen)](status, HelloReply) { ++*seen; });
  EXPECT_TRUE(run_until(w.io, [&] { return w.greeter.calls == 1; }));
  (void)count;
}

TEST(tokens, a_future_gets_status_and_response) {
  world w;
  loop_thread thread(w.io);
  auto future = w.stub->SayHello(request("Ada"), asio::use_future);
  const auto [status, answer] = future.get();
  EXPECT_TRUE(status.ok()) << describe(status);
  EXPECT_EQ(answer.message(), "Hello Ada");
}

TEST(tokens, a_future_works_for_each_step_of_a_streaming_call) {
  world w;
  loop_thread thread(w.io);
  greeter_call call = w.stub->SayHelloBidiStream();
  EXPECT_TRUE(call.write(request("x"), asio::use_future).get());
  const auto answer = call.read(asio::use_future).get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->message(), "x");
  call.writes_done();
  EXPECT_TRUE(call.finish(asio::use_future).get().ok());
}

TEST(tokens, a_deferred_call_starts_when_it_is_awaited) {
  world w;
  w.play([&]() -> awaitable<void> {
    auto later = w.stub->SayHello(request("Ada"), asio::experimental::deferred);
    co_await pause(5ms);
    EXPECT_EQ(w.greeter.calls, 0);
    const auto [status, answer] = co_await std::move(later)(asio::use_awaitable);
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message(), "Hello Ada");
  });
}

TEST(tokens, a_handler_runs_on_the_executor_it_is_bound_to) {
  world w;
  const auto strand = asio::make_strand(w.io);
  bool called = false;
  w.stub->SayHello(request("Ada"), asio::bind_executor(strand, [&](status s, HelloReply) {
                     EXPECT_TRUE(s.ok());
                     EXPECT_TRUE(strand.running_in_this_thread());
                     called = true;
                   }));
  EXPECT_TRUE(run_until(w.io, [&] { return called; }));
}

TEST(tokens, what_a_callback_throws_leaves_run_and_the_connection_goes_on) {
  world w;
  w.stub->SayHello(request("Ada"),
                   [](status, HelloReply) { throw std::runtime_error("from the callback"); });
  EXPECT_THROW(w.io.run(), std::runtime_error);
  w.play([&]() -> awaitable<void> {
    const auto [status, answer] = co_await w.stub->SayHello(request("Ada"));
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(w.server->connection_count(), 1U);
  });
}

// ---- blocking

/// A server that runs on a thread of its own.
struct served {
  world w;
  loop_thread thread{w.io};
};

TEST(blocking_token, runs_the_loop_of_a_channel_without_executor) {
  served s;
  channel own{s.w.address};
  Greeter::stub stub{own};
  for (int i = 0; i < 3; ++i) {
    const auto [status, answer] = stub.SayHello(request("Ada"), {.deadline = 10s}, blocking);
    EXPECT_TRUE(status.ok()) << describe(status);
    EXPECT_EQ(answer.message(), "Hello Ada");
  }
}

TEST(blocking_token, works_for_each_step_of_a_streaming_call) {
  served s;
  channel own{s.w.address};
  Greeter::stub stub{own};
  greeter_call call = stub.SayHelloBidiStream({.deadline = 10s});
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(call.write(request("x"), blocking));
    EXPECT_TRUE(call.read(blocking));
  }
  call.writes_done();
  EXPECT_FALSE(call.read(blocking));
  EXPECT_TRUE(call.finish(blocking).ok());
}

TEST(blocking_token, lets_several_threads_wait_on_one_channel) {
  served s;
  channel own{s.w.address};
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Greeter::stub stub{own};
      for (int i = 0; i < 50; ++i) {
        const auto [status, answer] = stub.SayHello(request("Ada"), {.deadline = 10s}, blocking);
        good += status.ok() && answer.message() == "Hello Ada";
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(good, 200);
}

TEST(blocking_token, waits_while_another_thread_runs_the_users_io_context) {
  served s;
  for (int i = 0; i < 20; ++i) {
    const auto [status, answer] = s.w.stub->SayHello(request("Ada"), {.deadline = 10s}, blocking);
    EXPECT_TRUE(status.ok()) << describe(status);
  }
}

TEST(blocking_token, refuses_to_wait_for_its_own_thread) {
  world w;
  bool refused = false;
  asio::post(w.io, [&] {
    try {
      (void)w.stub->SayHello(request("Ada"), blocking);
    } catch (const std::logic_error&) {
      refused = true;
    }
  });
  EXPECT_TRUE(run_until(w.io, [&] { return refused; }));
  w.play([&]() -> awaitable<void> {
    co_await pause(20ms);
    EXPECT_EQ(w.greeter.calls, 0) << "the call has not been started";
  });
}

TEST(blocking_token, tells_a_callback_on_its_own_loop_that_it_cannot_wait_there) {
  served s;
  channel own{s.w.address};
  Greeter::stub stub{own};
  bool refused = false;
  stub.SayHello(request("first"), [&](status, HelloReply) {
    try {
      (void)stub.SayHello(request("inner"), blocking);
    } catch (const std::logic_error&) {
      refused = true;
    }
  });
  for (int i = 0; i < 100 && !refused; ++i) {
    (void)stub.SayHello(request("second"), {.deadline = 10s}, blocking);
  }
  EXPECT_TRUE(refused);
}

TEST(blocking_token, notices_the_end_of_a_connection_that_nobody_watched) {
  auto first = std::make_unique<served>();
  channel own{first->w.address, quick_channel()};
  Greeter::stub stub{own};
  EXPECT_TRUE(std::get<0>(stub.SayHello(request("x"), {.deadline = 10s}, blocking)).ok());
  const std::string address = first->w.address;
  first.reset();
  world again(address);
  loop_thread thread(again.io);
  const auto [status, answer] = stub.SayHello(request("x"), {.deadline = 10s}, blocking);
  EXPECT_TRUE(status.ok()) << describe(status);
}

TEST(blocking_token, ends_when_the_channel_is_destroyed_by_another_thread) {
  served s;
  s.w.greeter.hello = [](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    co_await pause(10s);
    co_return reply("late");
  };
  std::optional<channel> own{std::in_place, s.w.address};
  std::promise<status> ended;
  // The stub would share the channel; the call does not.
  greeter_call call = Greeter::stub{*own}.SayHelloBidiStream();
  std::thread waiting([&] { ended.set_value(call.finish(blocking)); });
  std::this_thread::sleep_for(20ms);
  own.reset();
  waiting.join();
  EXPECT_EQ(ended.get_future().get().code(), status_code::unavailable);
}

}  // namespace
}  // namespace grpcwire::tests
