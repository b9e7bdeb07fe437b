#include "memory_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <optional>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

namespace grpcwire::transport::io {
namespace {

/// The bytes of one direction: a ring that grows up to the capacity when it is needed.
class ring {
 public:
  explicit ring(std::size_t capacity) : limit_(std::max<std::size_t>(capacity, 1)) {}

  bool empty() const noexcept { return size_ == 0; }
  bool full() const noexcept { return size_ == limit_; }

  std::size_t put(codec::const_bytes bytes) {
    const std::size_t taken = std::min(bytes.size(), limit_ - size_);
    if (size_ + taken > bytes_.size()) grow(size_ + taken);
    for (std::size_t done = 0; done < taken;) {
      const std::size_t at = (first_ + size_) % bytes_.size();
      const std::size_t part = std::min(taken - done, bytes_.size() - at);
      std::memcpy(bytes_.data() + at, bytes.data() + done, part);
      size_ += part;
      done += part;
    }
    return taken;
  }

  std::size_t get(std::span<std::uint8_t> into) {
    const std::size_t taken = std::min(into.size(), size_);
    for (std::size_t done = 0; done < taken;) {
      const std::size_t part = std::min(taken - done, bytes_.size() - first_);
      std::memcpy(into.data() + done, bytes_.data() + first_, part);
      first_ = (first_ + part) % bytes_.size();
      size_ -= part;
      done += part;
    }
    // A quiet connection must not hold on to the memory of its largest burst.
    if (size_ == 0 && bytes_.size() > kept_size) bytes_ = codec::buffer();
    if (size_ == 0) first_ = 0;
    return taken;
  }

  void clear() noexcept {
    bytes_ = codec::buffer();
    first_ = 0;
    size_ = 0;
  }

 private:
  static constexpr std::size_t kept_size = 64 * 1024;

  void grow(std::size_t needed) {
    codec::buffer bigger(
        std::min(limit_, std::max({needed, 2 * bytes_.size(), std::size_t{4096}})));
    const std::size_t size = size_;
    get({bigger.data(), bigger.size()});
    bytes_ = std::move(bigger);
    first_ = 0;
    size_ = size;
  }

  std::size_t limit_;
  codec::buffer bytes_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

class memory_stream;

/// What both ends share. An executor is only used, and only kept, while its end is open: nobody
/// posts to an io_context that is gone.
struct memory_pipe {
  struct side {
    explicit side(std::size_t capacity) : out(capacity) {}

    ring out;  // what this side wrote and the other has not read
    bool written_all = false;
    bool closed = false;
    bool wake_posted = false;
    std::optional<asio::any_io_executor> executor;
    std::weak_ptr<memory_stream> stream;
  };

  explicit memory_pipe(std::size_t capacity) : sides{side(capacity), side(capacity)} {}

  std::mutex mutex;
  std::array<side, 2> sides;
};

/// Waiting is done with timers that never fire: their handlers belong to the io_context, which
/// drops them when it ends, as it drops those of sockets.
class memory_stream final : public std::enable_shared_from_this<memory_stream> {
 public:
  memory_stream(std::shared_ptr<memory_pipe> pipe, std::size_t index,
                const asio::any_io_executor& executor)
      : pipe_(std::move(pipe)),
        own_(pipe_->sides[index]),
        peer_(pipe_->sides[1 - index]),
        executor_(executor),
        reading_(executor, asio::steady_timer::time_point::max()),
        writing_(executor, asio::steady_timer::time_point::max()) {
    own_.executor = executor;
  }
  ~memory_stream() { end(); }
  memory_stream(const memory_stream&) = delete;
  memory_stream& operator=(const memory_stream&) = delete;

  const asio::any_io_executor& executor() const noexcept { return executor_; }

  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) {
    auto go_on = [self = shared_from_this(), into,
                  user = std::move(user)](std::error_code) mutable {
      std::error_code error;
      const std::size_t size = self->try_read(into, error);
      if (error == std::errc::operation_would_block) return self->read(into, std::move(user));
      user->on_read(error, size);
    };
    wait(reading_, std::move(go_on), [this] { return readable(); });
  }

  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) {
    const std::lock_guard lock(pipe_->mutex);
    if (own_.closed) {
      error = make_error_code(std::errc::operation_canceled);
      return 0;
    }
    if (peer_.out.empty()) {
      error = peer_.written_all ? std::error_code(asio::error::eof)
                                : make_error_code(std::errc::operation_would_block);
      return 0;
    }
    const bool was_full = peer_.out.full();
    const std::size_t size = peer_.out.get(into);
    if (was_full) wake(peer_);
    return size;
  }

  std::size_t try_write(std::span<const codec::const_bytes> blocks, std::error_code& error) {
    const std::lock_guard lock(pipe_->mutex);
    if (own_.closed || own_.written_all || peer_.closed) {
      error = make_error_code(std::errc::broken_pipe);
      return 0;
    }
    const bool was_empty = own_.out.empty();
    std::size_t size = 0;
    for (const codec::const_bytes& block : blocks) {
      const std::size_t part = own_.out.put(block);
      size += part;
      if (part != block.size()) break;
    }
    if (size == 0) error = make_error_code(std::errc::operation_would_block);
    if (was_empty && size != 0) wake(peer_);
    return size;
  }

  void wait_writable(std::shared_ptr<stream_user> user) {
    auto go_on = [self = shared_from_this(), user = std::move(user)](std::error_code) mutable {
      const wait_result now = self->writability();
      if (now == wait_result::not_yet) return self->wait_writable(std::move(user));
      user->on_writable(now == wait_result::closed ? make_error_code(std::errc::operation_canceled)
                                                   : std::error_code());
    };
    wait(writing_, std::move(go_on),
         [this] { return own_.closed || peer_.closed || !own_.out.full(); });
  }

  void shut_down_writing() {
    const std::lock_guard lock(pipe_->mutex);
    own_.written_all = true;
    wake(peer_);
  }

  void close() {
    end();
    reading_.cancel();
    writing_.cancel();
  }

  /// On the executor: something may have changed for those who wait.
  void look_again() {
    {
      const std::lock_guard lock(pipe_->mutex);
      own_.wake_posted = false;
    }
    reading_.cancel();
    writing_.cancel();
  }

 private:
  enum class wait_result { not_yet, writable, closed };

  bool readable() const { return own_.closed || !peer_.out.empty() || peer_.written_all; }

  wait_result writability() {
    const std::lock_guard lock(pipe_->mutex);
    if (own_.closed) return wait_result::closed;
    return peer_.closed || !own_.out.full() ? wait_result::writable : wait_result::not_yet;
  }

  template <class GoOn, class Ready>
  void wait(asio::steady_timer& timer, GoOn go_on, Ready ready) {
    bool now = false;
    {
      const std::lock_guard lock(pipe_->mutex);
      now = ready();
    }
    // Between here and the wait nothing is lost: whoever changes something posts to this executor.
    if (now) {
      asio::post(executor_, [go_on = std::move(go_on)]() mutable { go_on({}); });
    } else {
      timer.async_wait(std::move(go_on));
    }
  }

  /// With the lock held. Any thread.
  static void wake(memory_pipe::side& side) {
    if (side.closed || side.wake_posted || !side.executor) return;
    side.wake_posted = true;
    asio::post(*side.executor, [stream = side.stream] {
      if (const auto alive = stream.lock()) alive->look_again();
    });
  }

  void end() {
    std::optional<asio::any_io_executor> released;  // outside of the lock
    const std::lock_guard lock(pipe_->mutex);
    if (own_.closed) return;
    own_.closed = true;
    own_.written_all = true;
    released.swap(own_.executor);
    peer_.out.clear();  // nobody reads it any more
    wake(peer_);
  }

  std::shared_ptr<memory_pipe> pipe_;
  memory_pipe::side& own_;
  memory_pipe::side& peer_;
  asio::any_io_executor executor_;
  asio::steady_timer reading_;
  asio::steady_timer writing_;
};

/// Owned by one user, while waits keep the stream itself.
class memory_end final : public byte_stream {
 public:
  memory_end(std::shared_ptr<memory_stream> stream, const std::string& address)
      : stream_(std::move(stream)), address_(address) {}
  ~memory_end() override { stream_->close(); }

  asio::any_io_executor executor() override { return stream_->executor(); }
  void read(std::span<std::uint8_t> into, std::shared_ptr<stream_user> user) override {
    stream_->read(into, std::move(user));
  }
  std::size_t try_read(std::span<std::uint8_t> into, std::error_code& error) override {
    return stream_->try_read(into, error);
  }
  std::size_t try_write(std::span<const codec::const_bytes> blocks,
                        std::error_code& error) override {
    return stream_->try_write(blocks, error);
  }
  void wait_writable(std::shared_ptr<stream_user> user) override {
    stream_->wait_writable(std::move(user));
  }
  void shut_down_writing() override { stream_->shut_down_writing(); }
  void close() override { stream_->close(); }
  const std::string& peer_address() const override { return address_; }
  const std::string& local_address() const override { return address_; }

 private:
  std::shared_ptr<memory_stream> stream_;
  std::string address_;
};

}  // namespace

std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>> make_memory_streams(
    const asio::any_io_executor& first, const asio::any_io_executor& second,
    const memory_stream_settings& settings) {
  auto pipe = std::make_shared<memory_pipe>(settings.capacity);
  const auto make = [&](std::size_t index, const asio::any_io_executor& executor) {
    auto stream = std::make_shared<memory_stream>(pipe, index, executor);
    pipe->sides[index].stream = stream;
    return std::make_unique<memory_end>(std::move(stream), settings.address);
  };
  return {make(0, first), make(1, second)};
}

}  // namespace grpcwire::transport::io
