// Two ends joined by memory behave as two ends of a socket do.

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <grpcwire/transport/io/memory_stream.hpp>

#include "tests/support/e2e_loop_thread.hpp"

namespace grpcwire::transport::io {
namespace {

struct listening_user final : stream_user {
  void on_read(std::error_code error, std::size_t size) override { read = {error, size}; }
  void on_writable(std::error_code error) override { writable = error; }

  struct read_end {
    std::error_code error;
    std::size_t size;
  };
  std::optional<read_end> read;
  std::optional<std::error_code> writable;
};

struct joined {
  explicit joined(std::size_t capacity = 16) {
    auto [first, second] =
        make_memory_streams(io.get_executor(), io.get_executor(), {.capacity = capacity});
    a = std::move(first);
    b = std::move(second);
  }
  void run() {
    io.restart();
    io.poll();
  }
  static std::size_t write(byte_stream& to, const std::string& text, std::error_code& error) {
    const std::vector<codec::const_bytes> blocks{codec::as_bytes(text)};
    return to.try_write(blocks, error);
  }
  static std::string read_now(byte_stream& from, std::error_code& error) {
    std::vector<std::uint8_t> bytes(100);
    const std::size_t size = from.try_read(bytes, error);
    return std::string(codec::as_text({bytes.data(), size}));
  }

  asio::io_context io;
  std::unique_ptr<byte_stream> a;
  std::unique_ptr<byte_stream> b;
  std::shared_ptr<listening_user> user = std::make_shared<listening_user>();
};

TEST(memory_streams, give_what_was_written_to_who_waits_for_it) {
  joined j;
  std::array<std::uint8_t, 8> into;
  j.b->read(into, j.user);
  j.run();
  EXPECT_FALSE(j.user->read) << "nothing was written yet";
  std::error_code error;
  EXPECT_EQ(joined::write(*j.a, "hello", error), 5U);
  EXPECT_FALSE(j.user->read) << "never from within the function that writes";
  j.run();
  ASSERT_TRUE(j.user->read);
  EXPECT_FALSE(j.user->read->error);
  EXPECT_EQ(codec::as_text({into.data(), j.user->read->size}), "hello");
}

TEST(memory_streams, take_no_more_than_their_capacity_until_somebody_reads) {
  joined j(16);
  std::error_code error;
  EXPECT_EQ(joined::write(*j.a, "0123456789abcdefXYZ", error), 16U);
  EXPECT_FALSE(error);
  EXPECT_EQ(joined::write(*j.a, "XYZ", error), 0U);
  EXPECT_EQ(error, std::errc::operation_would_block);
  j.a->wait_writable(j.user);
  j.run();
  EXPECT_FALSE(j.user->writable);
  error.clear();
  EXPECT_EQ(joined::read_now(*j.b, error), "0123456789abcdef");
  j.run();
  ASSERT_TRUE(j.user->writable);
  EXPECT_FALSE(*j.user->writable);
  EXPECT_EQ(joined::write(*j.a, "XYZ", error), 3U);
  EXPECT_EQ(joined::read_now(*j.b, error), "XYZ");
}

TEST(memory_streams, keep_the_order_of_bytes_around_the_end_of_their_ring) {
  joined j(7);
  std::string sent;
  std::string received;
  std::error_code error;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 6), static_cast<char>('a' + i % 26));
    sent += piece.substr(0, joined::write(*j.a, piece, error));
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(1 + i % 4));
    error.clear();
    received += codec::as_text({bytes.data(), j.b->try_read(bytes, error)});
  }
  received += joined::read_now(*j.b, error);
  EXPECT_EQ(received, sent);
  EXPECT_GT(sent.size(), 300U);
}

TEST(memory_streams, end_with_end_of_file_behind_the_last_byte) {
  joined j;
  std::error_code error;
  joined::write(*j.a, "bye", error);
  j.a->shut_down_writing();
  EXPECT_EQ(joined::read_now(*j.b, error), "bye");
  EXPECT_FALSE(error);
  joined::read_now(*j.b, error);
  EXPECT_TRUE(is_end_of_file(error)) << error.message();
  error.clear();
  EXPECT_EQ(joined::write(*j.b, "still", error), 5U) << "the other direction goes on";
  EXPECT_EQ(joined::read_now(*j.a, error), "still");
}

TEST(memory_streams, tell_the_other_end_when_one_is_destroyed) {
  joined j;
  std::array<std::uint8_t, 8> into;
  j.b->read(into, j.user);
  j.run();
  j.a.reset();
  j.run();
  ASSERT_TRUE(j.user->read);
  EXPECT_TRUE(is_end_of_file(j.user->read->error));
  std::error_code error;
  EXPECT_EQ(joined::write(*j.b, "x", error), 0U);
  EXPECT_EQ(error, std::errc::broken_pipe);
}

TEST(memory_streams, end_what_is_pending_when_they_are_closed) {
  joined j(1);
  std::array<std::uint8_t, 8> into;
  std::error_code error;
  joined::write(*j.b, "x", error);
  j.b->read(into, j.user);
  j.b->wait_writable(j.user);
  j.run();
  j.b->close();
  j.run();
  ASSERT_TRUE(j.user->read);
  EXPECT_EQ(j.user->read->error, std::errc::operation_canceled);
  ASSERT_TRUE(j.user->writable);
  EXPECT_EQ(*j.user->writable, std::errc::operation_canceled);
}

TEST(memory_streams, free_who_waits_when_the_io_context_goes) {
  auto user = std::make_shared<listening_user>();
  const std::weak_ptr<listening_user> watched = user;
  std::array<std::uint8_t, 8> into;
  asio::io_context other;
  std::unique_ptr<byte_stream> far;
  {
    asio::io_context io;
    auto [near, theirs] = make_memory_streams(io.get_executor(), other.get_executor());
    far = std::move(theirs);
    near->read(into, std::move(user));
  }
  EXPECT_TRUE(watched.expired());
  std::error_code error;
  EXPECT_EQ(joined::write(*far, "x", error), 0U) << "nothing is posted to a loop that is gone";
}

/// Writes or reads until everything went through.
struct mover final : stream_user, std::enable_shared_from_this<mover> {
  mover(byte_stream& stream, std::size_t total) : stream_(stream), left_(total) {}

  void write_more() {
    while (left_ != 0) {
      std::array<std::uint8_t, 1000> bytes;
      const std::size_t size = std::min(left_, bytes.size());
      for (std::size_t i = 0; i < size; ++i) bytes[i] = next_++;
      const std::vector<codec::const_bytes> blocks{{bytes.data(), size}};
      std::error_code error;
      const std::size_t taken = stream_.try_write(blocks, error);
      left_ -= taken;
      next_ = static_cast<std::uint8_t>(next_ - (size - taken));
      if (error) return stream_.wait_writable(shared_from_this());
    }
  }
  void read_more() { stream_.read(buffer_, shared_from_this()); }

  void on_writable(std::error_code) override { write_more(); }
  void on_read(std::error_code error, std::size_t size) override {
    for (std::size_t i = 0; i < size; ++i) right_ &= buffer_[i] == next_++;
    left_ -= size;
    if (!error && left_ != 0) return read_more();
    done.store(true);
  }

  std::atomic<bool> done = false;
  bool right() const { return right_ && left_ == 0; }

 private:
  byte_stream& stream_;
  std::size_t left_;
  std::uint8_t next_ = 0;
  bool right_ = true;
  std::array<std::uint8_t, 777> buffer_;
};

TEST(memory_streams, carry_bytes_between_two_threads) {
  asio::io_context one;
  asio::io_context two;
  auto [a, b] = make_memory_streams(one.get_executor(), two.get_executor(), {.capacity = 4096});
  constexpr std::size_t total = 3'000'000;
  const auto writer = std::make_shared<mover>(*a, total);
  const auto reader = std::make_shared<mover>(*b, total);
  asio::post(one, [&] { writer->write_more(); });
  asio::post(two, [&] { reader->read_more(); });
  {
    const tests::loop_thread first(one);
    const tests::loop_thread second(two);
    while (!reader->done) std::this_thread::yield();
  }
  EXPECT_TRUE(reader->right());
}

}  // namespace
}  // namespace grpcwire::transport::io
