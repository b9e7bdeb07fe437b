// The byte_stream that does TLS: waiting, on top of tls_engine, which does not wait.

#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/transport/io/tls_stream_internal.hpp>

namespace grpcwire::transport::io {
namespace {

// After a failed handshake the peer gets this long to read the alert that says why: closing a
// socket with unread input would turn into a TCP reset, and that destroys the alert.
constexpr std::chrono::milliseconds alert_time{500};

/// What outlives the stream while something waits. Operations below own it, it owns none of them:
/// an io_context that ends frees everything.
class tls_link final : public std::enable_shared_from_this<tls_link> {
 public:
  tls_link(std::shared_ptr<const tls_context> context, std::unique_ptr<byte_stream> plain,
           const std::string* name)
      : engine_(std::move(context), std::move(plain), name), timer_(engine_.plain().executor()) {}

  tls_engine& engine() noexcept { return engine_; }

  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user);
  void wait_writable(std::shared_ptr<stream_user> user);
  void shut_down_writing();
  void close(bool silently);
  std::size_t write(std::span<const codec::const_bytes> blocks, std::error_code& error);

 private:
  struct waiting_read;
  struct waiting_flush;

  void input(std::size_t size, std::error_code error, std::span<std::uint8_t> into,
             std::shared_ptr<stream_user> user);
  void go_on(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user);
  void read_below(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user);
  void start_lingering();
  void send();
  void send_later();
  void sent(std::error_code error);
  void tell_writable(std::error_code error);

  tls_engine engine_;
  asio::steady_timer timer_;
  std::weak_ptr<stream_user> writer_;  // waits for wait_writable(); a read keeps it alive
  bool flushing_ = false;              // a wait for the stream below is under way
  bool lingering_ = false;
  bool shut_down_ = false;
  bool closed_ = false;
};

struct tls_link::waiting_read final : stream_user {
  std::shared_ptr<tls_link> link;
  std::span<std::uint8_t> into;
  std::shared_ptr<stream_user> user;

  void on_read(std::error_code error, std::size_t size) override {
    link->input(size, error, into, std::move(user));
  }
  void on_writable(std::error_code) override {}
};

struct tls_link::waiting_flush final : stream_user {
  std::shared_ptr<tls_link> link;

  void on_read(std::error_code, std::size_t) override {}
  void on_writable(std::error_code error) override { link->sent(error); }
};

void tls_link::read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) {
  if (engine_.established() && !engine_.has_input()) return read_below(into, std::move(user));
  // A client's hello, or what came with the last read. Not from within.
  asio::post(engine_.plain().executor(),
             [self = shared_from_this(), into, user = std::move(user)]() mutable {
               self->go_on(into, std::move(user));
             });
}

void tls_link::read_below(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) {
  auto waiting = std::make_shared<waiting_read>();
  waiting->link = shared_from_this();
  waiting->into = into;
  waiting->user = std::move(user);
  engine_.plain().read(engine_.input_space(), std::move(waiting));
}

void tls_link::input(std::size_t size, std::error_code error, std::span<std::uint8_t> into,
                     std::shared_ptr<stream_user> user) {
  if (closed_) return user->on_read(asio::error::operation_aborted, 0);
  if (lingering_) {
    if (!error) return read_below(into, std::move(user));
    timer_.cancel();
    return user->on_read(engine_.failure().code, 0);
  }
  engine_.input_came(size, error);
  go_on(into, std::move(user));
}

void tls_link::go_on(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) {
  if (closed_) return user->on_read(asio::error::operation_aborted, 0);
  if (!engine_.established()) {
    const auto progress = engine_.shake_hands();
    send();
    if (progress == tls_engine::progress::needs_input) return read_below(into, std::move(user));
    if (progress == tls_engine::progress::failed) {
      start_lingering();
      return read_below(into, std::move(user));
    }
    if (!engine_.has_output()) tell_writable({});
    if (closed_) return user->on_read(asio::error::operation_aborted, 0);
  }
  std::error_code error;
  const std::size_t size = engine_.read(into, error);
  send();  // what OpenSSL had to say meanwhile, such as a key update
  if (size == 0 && error == std::errc::operation_would_block) {
    return read_below(into, std::move(user));
  }
  user->on_read(error, size);
}

void tls_link::start_lingering() {
  lingering_ = true;
  if (!engine_.has_output()) engine_.plain().shut_down_writing();
  timer_.expires_after(alert_time);
  timer_.async_wait([self = weak_from_this()](std::error_code error) {
    const auto link = self.lock();
    if (!error && link && !link->closed_) link->engine_.plain().close();  // ends the read
  });
}

std::size_t tls_link::write(std::span<const codec::const_bytes> blocks, std::error_code& error) {
  const std::size_t size = engine_.write(blocks, error);
  // It goes out even if nobody writes again: for who wrote, all of it is on its way.
  if (engine_.has_output()) send_later();
  return size;
}

void tls_link::wait_writable(std::shared_ptr<stream_user> user) {
  writer_ = user;
  if (!engine_.established() || flushing_) return;  // told when that is over
  asio::post(engine_.plain().executor(), [self = shared_from_this(), user = std::move(user)] {
    if (!self->flushing_) self->tell_writable({});
  });
}

void tls_link::send() {
  std::error_code error;
  if (!engine_.flush(error) && !error) send_later();
}

void tls_link::send_later() {
  if (std::exchange(flushing_, true)) return;
  auto waiting = std::make_shared<waiting_flush>();
  waiting->link = shared_from_this();
  engine_.plain().wait_writable(std::move(waiting));
}

void tls_link::sent(std::error_code error) {
  flushing_ = false;
  if (closed_) return;
  if (error) return tell_writable(error);
  send();
  if (flushing_) return;
  if (shut_down_ || lingering_) engine_.plain().shut_down_writing();
  if (engine_.established()) tell_writable({});
}

void tls_link::tell_writable(std::error_code error) {
  const auto user = std::exchange(writer_, {}).lock();
  if (user) user->on_writable(error);
}

void tls_link::shut_down_writing() {
  shut_down_ = true;
  engine_.say_goodbye();
  send();
  if (!engine_.has_output()) engine_.plain().shut_down_writing();
}

void tls_link::close(bool silently) {
  if (closed_) return;
  closed_ = true;
  timer_.cancel();
  if (silently) return engine_.plain().close_silently();
  if (!shut_down_) engine_.say_goodbye();
  std::error_code ignored;
  engine_.flush(ignored);
  engine_.plain().close();
}

class tls_stream final : public byte_stream {
 public:
  tls_stream(std::shared_ptr<const tls_context> context, std::unique_ptr<byte_stream> plain,
             const std::string* name)
      : link_(std::make_shared<tls_link>(std::move(context), std::move(plain), name)) {}
  ~tls_stream() override { link_->close(false); }

  asio::any_io_executor executor() override { return engine().plain().executor(); }
  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) override {
    link_->read(into, std::move(user));
  }
  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) override {
    return engine().read(into, error);
  }
  std::size_t try_write(std::span<const codec::const_bytes> blocks,
                        std::error_code& error) override {
    return link_->write(blocks, error);
  }
  void wait_writable(std::shared_ptr<stream_user> user) override {
    link_->wait_writable(std::move(user));
  }
  std::size_t unacknowledged() override { return engine().unacknowledged(); }
  void shut_down_writing() override { link_->shut_down_writing(); }
  void close() override { link_->close(false); }
  void close_silently() override { link_->close(true); }
  const std::string& peer_address() const override { return engine().plain().peer_address(); }
  const std::string& local_address() const override { return engine().plain().local_address(); }
  std::shared_ptr<const security_info> security() const override { return engine().info(); }
  stream_failure failure() const override {
    const tls_failure& f = engine().failure();
    return {.text = f.text, .advice = f.advice};
  }

 private:
  tls_engine& engine() const noexcept { return link_->engine(); }

  std::shared_ptr<tls_link> link_;
};

}  // namespace

std::unique_ptr<byte_stream> make_tls_stream(std::shared_ptr<const tls_context> context,
                                             std::unique_ptr<byte_stream> plain,
                                             const std::string* name) {
  return std::make_unique<tls_stream>(std::move(context), std::move(plain), name);
}

}  // namespace grpcwire::transport::io
