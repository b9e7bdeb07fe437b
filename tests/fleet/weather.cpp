#include "tests/fleet/weather.hpp"

#include <utility>

#include <asio/error.hpp>
#include <asio/post.hpp>

namespace grpcwire::fleet {

using transport::io::byte_stream;
using transport::io::stream_user;

/// Kept alive by the operations of the stream below it.
class valve_stream_core final : public stream_user,
                                public std::enable_shared_from_this<valve_stream_core> {
 public:
  valve_stream_core(std::unique_ptr<byte_stream> below, std::shared_ptr<weather> w)
      : below_(std::move(below)), weather_(std::move(w)) {}

  byte_stream& below() noexcept { return *below_; }
  bool is_shut() const { return weather_->is_shut(below_->peer_address()); }

  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) {
    reader_ = std::move(user);
    below_->read(into, shared_from_this());
  }
  void wait_writable(std::shared_ptr<stream_user> user) {
    writer_ = std::move(user);
    if (!is_shut()) ask_writable();
  }
  void on_read(std::error_code error, std::size_t size) override {
    if (is_shut() && !closed_) {
      held_ = true;
      held_error_ = error;
      held_size_ = size;
      return;
    }
    if (reader_) std::exchange(reader_, nullptr)->on_read(error, size);
  }
  void on_writable(std::error_code error) override {
    asked_ = false;
    if (is_shut() && !closed_) return;  // asked again when it opens
    if (writer_) std::exchange(writer_, nullptr)->on_writable(error);
  }

  void opened() {
    if (closed_) return;
    if (writer_) ask_writable();
    if (held_) give(held_error_, held_size_);
  }
  void close() {
    if (std::exchange(closed_, true)) return;
    below_->close();
    if (held_) give(asio::error::operation_aborted, 0);
    if (writer_) {
      asio::post(below_->executor(), [self = shared_from_this()] {
        self->on_writable(asio::error::operation_aborted);
      });
    }
  }

 private:
  void ask_writable() {
    if (!std::exchange(asked_, true)) below_->wait_writable(shared_from_this());
  }
  void give(std::error_code error, std::size_t size) {
    held_ = false;
    asio::post(below_->executor(),
               [self = shared_from_this(), error, size] { self->on_read(error, size); });
  }

  std::unique_ptr<byte_stream> below_;
  std::shared_ptr<weather> weather_;
  std::shared_ptr<stream_user> reader_;
  std::shared_ptr<stream_user> writer_;
  bool asked_ = false;  // below, and no answer yet
  bool held_ = false;
  std::error_code held_error_;
  std::size_t held_size_ = 0;
  bool closed_ = false;
};

namespace {

class valve_stream final : public byte_stream {
 public:
  explicit valve_stream(std::shared_ptr<valve_stream_core> core) : core_(std::move(core)) {}
  ~valve_stream() override { core_->close(); }
  valve_stream(const valve_stream&) = delete;
  valve_stream& operator=(const valve_stream&) = delete;

  asio::any_io_executor executor() override { return core_->below().executor(); }
  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) override {
    core_->read(into, std::move(user));
  }
  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) override {
    if (!core_->is_shut()) return core_->below().try_read(into, error);
    error = std::make_error_code(std::errc::operation_would_block);
    return 0;
  }
  std::size_t try_write(std::span<const codec::const_bytes> blocks,
                        std::error_code& error) override {
    if (!core_->is_shut()) return core_->below().try_write(blocks, error);
    error = std::make_error_code(std::errc::operation_would_block);
    return 0;
  }
  void wait_writable(std::shared_ptr<stream_user> user) override {
    core_->wait_writable(std::move(user));
  }
  void shut_down_writing() override { core_->below().shut_down_writing(); }
  void close() override { core_->close(); }
  const std::string& peer_address() const override { return core_->below().peer_address(); }
  const std::string& local_address() const override { return core_->below().local_address(); }

 private:
  std::shared_ptr<valve_stream_core> core_;
};

class exposure final : public channel_credentials {
 public:
  explicit exposure(std::shared_ptr<weather> w) : weather_(std::move(w)) {}
  std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain,
                                      const std::string&) const override {
    auto core = std::make_shared<valve_stream_core>(std::move(plain), weather_);
    weather_->add(core->below().peer_address(), core);
    return std::make_unique<valve_stream>(std::move(core));
  }

 private:
  std::shared_ptr<weather> weather_;
};

}  // namespace

void weather::open(const std::string& address) {
  valve& one = valves_[address];
  one.shut = false;
  for (const auto& stream : std::exchange(one.streams, {})) {
    const auto core = stream.lock();
    if (!core) continue;
    one.streams.push_back(stream);
    core->opened();
  }
}

bool weather::is_shut(const std::string& address) const {
  const auto found = valves_.find(address);
  return found != valves_.end() && found->second.shut;
}

std::shared_ptr<const channel_credentials> exposed_to(std::shared_ptr<weather> w) {
  return std::make_shared<const exposure>(std::move(w));
}

}  // namespace grpcwire::fleet
