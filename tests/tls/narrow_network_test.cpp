// TLS above a byte stream that takes little at a time: what is encrypted has to wait there.

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <asio/steady_timer.hpp>

#include "tests/tls/tls_world.hpp"

namespace grpcwire::tests {
namespace {

using transport::io::byte_stream;
using transport::io::stream_user;

/// How a stream takes bytes: at most so many at a time, blocked after some of the writes, and
/// writable again after a while.
struct narrowness {
  std::size_t width = SIZE_MAX;
  double blocked = 0.5;  // the probability, before a write
  std::chrono::milliseconds pause{0};
  unsigned seed = 1;
};

class narrow_stream final : public byte_stream {
 public:
  narrow_stream(std::unique_ptr<byte_stream> below, const narrowness& how)
      : below_(std::move(below)), how_(how), random_(how.seed), timer_(below_->executor()) {}

  asio::any_io_executor executor() override { return below_->executor(); }
  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) override {
    below_->read(into, std::move(user));
  }
  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) override {
    return below_->try_read(into, error);
  }
  std::size_t try_write(std::span<const codec::const_bytes> blocks,
                        std::error_code& error) override {
    if (std::exchange(must_wait_, std::bernoulli_distribution(how_.blocked)(random_))) {
      error = std::make_error_code(std::errc::operation_would_block);
      return 0;
    }
    const codec::const_bytes part = blocks[0].first(std::min(how_.width, blocks[0].size()));
    return below_->try_write({&part, 1}, error);
  }
  void wait_writable(std::shared_ptr<stream_user> user) override {
    must_wait_ = false;
    timer_.expires_after(how_.pause);
    timer_.async_wait(
        [user = std::move(user)](std::error_code error) { user->on_writable(error); });
  }
  void shut_down_writing() override { below_->shut_down_writing(); }
  void close() override {
    timer_.cancel();
    below_->close();
  }
  const std::string& peer_address() const override { return below_->peer_address(); }
  const std::string& local_address() const override { return below_->local_address(); }

 private:
  std::unique_ptr<byte_stream> below_;
  narrowness how_;
  std::mt19937 random_;
  bool must_wait_ = false;
  asio::steady_timer timer_;
};

class narrow_client final : public channel_credentials {
 public:
  narrow_client(std::shared_ptr<const channel_credentials> above, const narrowness& how)
      : above_(std::move(above)), how_(how) {}
  std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain,
                                      const std::string& name) const override {
    return above_->secure(std::make_unique<narrow_stream>(std::move(plain), how_), name);
  }

 private:
  std::shared_ptr<const channel_credentials> above_;
  narrowness how_;
};

class narrow_server final : public server_credentials {
 public:
  narrow_server(std::shared_ptr<const server_credentials> above, const narrowness& how)
      : above_(std::move(above)), how_(how) {}
  std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain) const override {
    return above_->secure(std::make_unique<narrow_stream>(std::move(plain), how_));
  }

 private:
  std::shared_ptr<const server_credentials> above_;
  narrowness how_;
};

struct narrow_world {
  narrow_world(const narrowness& of_client, const narrowness& of_server) {
    server_options s;
    s.credentials = std::make_shared<narrow_server>(server_tls(settings.of_server), of_server);
    channel_options c = settings.channel();
    c.credentials = std::make_shared<narrow_client>(c.credentials, of_client);
    w.emplace("127.0.0.1:0", std::move(s), std::move(c));
  }

  tls_world settings;
  std::optional<world> w;
};

TEST(tls_on_a_narrow_network, carries_messages_of_all_sizes) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const std::size_t width = seed % 2 == 0 ? SIZE_MAX : 1000 * seed;
    const narrowness how{.width = width, .seed = seed};
    narrow_world n(how, how);
    n.w->play([&]() -> awaitable<void> {
      for (const std::size_t size : {10U, 16'000U, 70'000U, 1'000'000U}) {
        const std::string text(size, 'x');
        const auto [s, r] = co_await n.w->stub->SayHello(request(text));
        EXPECT_TRUE(s.ok()) << describe(s);
        EXPECT_EQ(r.message().size(), size + std::string_view("Hello ").size());
      }
    });
  }
}

// The end of a response is encrypted, and the server has nothing more to say, long before the
// network has taken it.
TEST(tls_on_a_narrow_network, lets_a_server_go_when_its_last_words_are_gone) {
  narrow_world n({}, {.width = 4000, .blocked = 1, .pause = 50ms});
  n.w->greeter.hello = [&](server_context&, HelloRequest) -> awaitable<result<HelloReply>> {
    n.w->server->shutdown(deadline(30s), [](const status&) {});
    while (n.w->channel->state() == channel_state::ready) co_await pause(1ms);
    co_await pause(300ms);  // both GOAWAYs are said: what follows is the last
    co_return reply(std::string(60'000, 'x'));
  };
  n.w->play([&]() -> awaitable<void> {
    const auto [s, r] = co_await n.w->stub->SayHello(request("x"));
    EXPECT_TRUE(s.ok()) << describe(s);
    while (n.w->server->connection_count() != 0) co_await pause(1ms);
  });
}

}  // namespace
}  // namespace grpcwire::tests
