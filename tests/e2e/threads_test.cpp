// One channel and one server used by many threads; and the promise of a single one.

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>

#include "tests/support/e2e_loop_thread.hpp"
#include "tests/support/e2e_world.hpp"

namespace grpcwire::tests {
namespace {

constexpr int thread_count = 4;

/// One coroutine's share of the work; gives how much of it was right.
awaitable<int> use(Greeter::stub stub, int rounds) {
  int good = 0;
  for (int i = 0; i < rounds; ++i) {
    const std::string text = std::to_string(i);
    const auto [status, answer] = co_await stub.SayHello(request(text), {.deadline = 60s});
    good += status.ok() && answer.message() == "Hello " + text;
    if (i % 10 == 0) {
      greeter_call chat = stub.SayHelloBidiStream({.deadline = 60s});
      good += (co_await chat.write(request(text))).error() == write_error::none;
      const auto echoed = co_await chat.read();
      good += echoed && echoed->message() == text;
      if (i % 20 == 0) {
        chat.writes_done();
        good += (co_await chat.finish()).ok();
      }  // otherwise the handle cancels it
    }
  }
  co_return good;
}

int all_of(int rounds) {
  return rounds + 2 * ((rounds + 9) / 10) + (rounds + 19) / 20;
}

TEST(many_threads, make_thousands_of_calls_over_one_channel) {
  world w;
  loop_thread running(w.io, thread_count);
  constexpr int rounds = 100;
  std::vector<std::future<int>> results;
  for (int i = 0; i < 20; ++i) {
    results.push_back(
        asio::co_spawn(asio::make_strand(w.io), use(*w.stub, rounds), asio::use_future));
  }
  for (auto& r : results) EXPECT_EQ(r.get(), all_of(rounds));
  EXPECT_EQ(w.server->connection_count(), 1U);
}

TEST(many_threads, may_be_outside_of_the_io_context) {
  world w;
  loop_thread running(w.io, thread_count);
  std::atomic<int> good = 0;
  std::vector<std::thread> outside;
  for (int t = 0; t < thread_count; ++t) {
    outside.emplace_back([&, stub = *w.stub]() mutable {
      std::vector<std::future<std::tuple<status, HelloReply>>> answers;
      for (int i = 0; i < 250; ++i) {
        answers.push_back(stub.SayHello(request("x"), {.deadline = 60s}, asio::use_future));
      }
      for (auto& a : answers) good += std::get<0>(a.get()).ok();
    });
  }
  for (std::thread& t : outside) t.join();
  EXPECT_EQ(good, thread_count * 250);
}

TEST(many_threads, have_channels_of_their_own) {
  world w;
  loop_thread running(w.io, thread_count);
  std::atomic<int> good = 0;
  std::vector<std::thread> outside;
  for (int t = 0; t < thread_count; ++t) {
    outside.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        channel own{w.address};
        Greeter::stub stub{own};
        for (int i = 0; i < 10; ++i) {
          good += std::get<0>(stub.SayHello(request("x"), {.deadline = 60s}, blocking)).ok();
        }
      }
    });
  }
  for (std::thread& t : outside) t.join();
  EXPECT_EQ(good, thread_count * 50);
}

TEST(many_threads, cancel_calls_while_others_complete_them) {
  world w;
  loop_thread running(w.io, thread_count);
  std::vector<std::future<void>> results;
  for (int i = 0; i < 8; ++i) {
    results.push_back(asio::co_spawn(
        asio::make_strand(w.io),
        [&w, i, stub = *w.stub]() mutable -> awaitable<void> {
          for (int round = 0; round < 60; ++round) {
            asio::steady_timer timer(w.io, std::chrono::microseconds((i * 37 + round * 11) % 700));
            const auto either =
                co_await (stub.SayHello(request("x")) || timer.async_wait(asio::use_awaitable));
            if (either.index() == 0) {
              EXPECT_TRUE(std::get<0>(std::get<0>(either)).ok());
            }
          }
        },
        asio::use_future));
  }
  for (auto& r : results) r.get();
}

TEST(many_threads, see_the_server_stop_and_start_again) {
  world w;
  loop_thread running(w.io, thread_count);
  std::atomic<bool> enough = false;
  std::atomic<int> good = 0;
  std::vector<std::future<void>> results;
  for (int i = 0; i < 8; ++i) {
    results.push_back(asio::co_spawn(
        asio::make_strand(w.io),
        [&, stub = *w.stub]() mutable -> awaitable<void> {
          while (!enough) {
            const auto [status, answer] =
                co_await stub.SayHello(request("x"), {.deadline = 60s, .wait_for_ready = true});
            good += status.ok();
            EXPECT_TRUE(status.ok() || status.code() == status_code::unavailable)
                << describe(status);
          }
        },
        asio::use_future));
  }
  for (int round = 0; round < 5; ++round) {
    const int before = good;
    while (good < before + 20) std::this_thread::sleep_for(1ms);
    w.server.reset();
    w.server.emplace(w.io);
    w.server->add(w.greeter);
    ASSERT_TRUE(w.server->listen(w.address));
  }
  enough = true;
  for (auto& r : results) r.get();
}

TEST(many_threads, drain_a_server_under_load) {
  for (int round = 0; round < 3; ++round) {
    world w;
    loop_thread running(w.io, thread_count);
    std::vector<std::future<int>> results;
    for (int i = 0; i < 8; ++i) {
      results.push_back(
          asio::co_spawn(asio::make_strand(w.io), use(*w.stub, 30), asio::use_future));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 * round));
    EXPECT_TRUE(w.server->shutdown(deadline(20s), blocking).ok());
    for (auto& r : results) (void)r.get();
    EXPECT_EQ(w.server->connection_count(), 0U);
  }
}

TEST(a_thread_pool, is_an_executor_too) {
  scripted_greeter greeter;
  asio::thread_pool pool(thread_count);
  {
    server s(pool);
    s.add(greeter);
    channel c(pool, *s.listen("127.0.0.1:0"));
    std::vector<std::future<int>> results;
    for (int i = 0; i < 4; ++i) {
      results.push_back(
          asio::co_spawn(asio::make_strand(pool), use(Greeter::stub(c), 20), asio::use_future));
    }
    for (auto& r : results) EXPECT_EQ(r.get(), all_of(20));
  }
  pool.stop();
  pool.join();
}

TEST(threading_one, needs_no_strand_and_completes_within_the_turn) {
  server_options of_server;
  of_server.threads = threading::one;
  channel_options of_channel = quick_channel();
  of_channel.threads = threading::one;
  world w("127.0.0.1:0", of_server, of_channel);
  w.play([&]() -> awaitable<void> { EXPECT_EQ(co_await use(*w.stub, 100), all_of(100)); });
}

}  // namespace
}  // namespace grpcwire::tests
