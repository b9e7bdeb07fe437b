#include <thread>

#include <asio/io_context.hpp>
#include <asio/strand.hpp>
#include <asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <grpcwire/rpc/executor.hpp>

namespace grpcwire::detail {
namespace {

TEST(serial_executor, puts_a_strand_around_an_io_context_of_many_threads) {
  asio::io_context io;
  const serial_executor e(io.get_executor(), threading::many);
  EXPECT_NE(e.get(), asio::any_io_executor(io.get_executor()));
  bool here_on_io = true;
  bool here_on_it = false;
  asio::post(io, [&] { here_on_io = e.here(); });
  e.run([&] { here_on_it = e.here(); });
  io.run();
  EXPECT_FALSE(here_on_io);
  EXPECT_TRUE(here_on_it);
}

TEST(serial_executor, takes_an_io_context_of_one_thread_as_it_is) {
  asio::io_context io;
  const serial_executor e(io.get_executor(), threading::one);
  EXPECT_EQ(e.get(), asio::any_io_executor(io.get_executor()));
  bool here = false;
  asio::post(io, [&] { here = e.here(); });
  io.run();
  EXPECT_TRUE(here);
}

TEST(serial_executor, takes_a_strand_of_the_users_as_it_is) {
  asio::io_context io;
  const asio::any_io_executor strand = asio::make_strand(io);
  const serial_executor e(strand, threading::many);
  EXPECT_EQ(e.get(), strand);
  bool here = false;
  asio::post(strand, [&] { here = e.here(); });
  io.run();
  EXPECT_TRUE(here);

  const asio::any_io_executor any = asio::make_strand(asio::any_io_executor(io.get_executor()));
  EXPECT_EQ(serial_executor(any, threading::many).get(), any);
}

TEST(serial_executor, runs_at_once_when_it_is_there_already_and_later_otherwise) {
  asio::io_context io;
  const serial_executor e(io.get_executor(), threading::many);
  bool ran = false;
  e.run([&] { ran = true; });
  EXPECT_FALSE(ran);
  bool nested = false;
  e.run([&] {
    bool inner = false;
    e.run([&] { inner = true; });
    nested = inner;
  });
  io.run();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(nested);
}

TEST(serial_executor, runs_one_thing_at_a_time_on_a_thread_pool) {
  asio::thread_pool pool(4);
  const serial_executor e(pool.get_executor(), threading::many);
  int unguarded = 0;
  for (int i = 0; i < 1000; ++i) e.run([&] { ++unguarded; });
  pool.join();
  EXPECT_EQ(unguarded, 1000);
}

}  // namespace
}  // namespace grpcwire::detail
