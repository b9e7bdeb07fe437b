// What the pump does with the bytes of a stream.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <grpcwire/transport/io/connection.hpp>
#include <grpcwire/transport/raw_frames.hpp>

#include "tests/support/dialogue.hpp"

namespace grpcwire::transport::io {
namespace {

/// What a test has put into it can be read, all at once; what is written is counted.
class scripted_stream final : public byte_stream {
 public:
  struct contents {
    std::vector<std::uint8_t> input;
    std::size_t read = 0;
    bool ended = false;  // behind the input
    int writes = 0;
  };

  scripted_stream(asio::io_context& io, contents& with) : io_(io), with_(with) {}

  asio::any_io_executor executor() override { return io_.get_executor(); }
  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) override {
    if (with_.read == with_.input.size() && !with_.ended) return;  // for ever
    asio::post(io_, [this, into, user] {
      std::error_code error;
      const std::size_t size = try_read(into, error);
      user->on_read(error, size);
    });
  }
  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) override {
    const std::size_t size = std::min(into.size(), with_.input.size() - with_.read);
    if (size == 0) {
      error = with_.ended ? std::error_code(asio::error::eof)
                          : make_error_code(std::errc::operation_would_block);
      return 0;
    }
    std::copy_n(with_.input.begin() + static_cast<std::ptrdiff_t>(with_.read), size, into.begin());
    with_.read += size;
    return size;
  }
  std::size_t try_write(std::span<const codec::const_bytes> blocks, std::error_code&) override {
    std::size_t size = 0;
    for (const codec::const_bytes& block : blocks) size += block.size();
    ++with_.writes;
    return size;
  }
  void wait_writable(std::shared_ptr<stream_user>) override {}
  void shut_down_writing() override {}
  void close() override {}
  const std::string& peer_address() const override { return address_; }
  const std::string& local_address() const override { return address_; }

 private:
  asio::io_context& io_;
  contents& with_;
  std::string address_ = "script";
};

/// Answers each request as soon as it has come.
struct answering final : connection_owner {
  void on_event(const event& e) override {
    if (e.kind != event_kind::headers_received) return;
    ++requests;
    served->protocol().send_headers(e.stream, tests::response_fields(), true);
  }
  void on_closed(std::error_code error, std::string_view) override { end = error; }

  connection* served = nullptr;
  int requests = 0;
  std::error_code end;
};

class connection_reads : public testing::Test {
 protected:
  /// `count` requests come at once, behind the preface.
  void requests(std::uint32_t count) {
    raw_frames input;
    input.preface().settings();
    for (std::uint32_t i = 0; i < count; ++i) {
      input.headers(2 * i + 1, tests::request_fields(),
                    http2::flag::end_headers | http2::flag::end_stream);
    }
    contents_.input = input.bytes();
  }
  void serve() {
    const auto served =
        std::make_shared<connection>(std::make_unique<scripted_stream>(io_, contents_),
                                     role::server, session_settings{}, owner_);
    owner_.served = served.get();
    served->start();
    poll();
    served->abandon();
    poll();
  }
  void poll() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_;
  scripted_stream::contents contents_;
  answering owner_;
};

TEST_F(connection_reads, of_more_than_the_small_buffer_holds_are_answered_in_one_write) {
  requests(10);
  ASSERT_GT(contents_.input.size(), 512U);
  serve();
  EXPECT_EQ(owner_.requests, 10);
  EXPECT_EQ(contents_.writes, 1);
}

TEST_F(connection_reads, of_just_what_the_small_buffer_holds_find_nothing_behind_it) {
  requests(4);
  const std::size_t missing = 512 - contents_.input.size() % 512;
  ASSERT_GE(missing, 9U);
  const auto filler = raw_frames().raw(0xee, 0, 0, std::string(missing - 9, ' ')).bytes();
  contents_.input.insert(contents_.input.end(), filler.begin(), filler.end());
  ASSERT_EQ(contents_.input.size() % 512, 0U);
  serve();
  EXPECT_EQ(owner_.requests, 4);
  EXPECT_FALSE(owner_.end);
}

TEST_F(connection_reads, of_the_last_bytes_count_although_the_end_comes_with_them) {
  contents_.ended = true;
  for (std::size_t size = 512; size < 600; ++size) {
    SCOPED_TRACE(size);
    requests(10);
    contents_.input.resize(size);
    contents_.read = 0;
    owner_ = answering();
    serve();
    EXPECT_GT(owner_.requests, 2);
    EXPECT_EQ(owner_.end, transport_errc::closed_by_peer);
  }
}

}  // namespace
}  // namespace grpcwire::transport::io
