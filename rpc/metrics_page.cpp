// The page's address and its connections, of which each one has its own end.
#include "metrics_page.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <asio/steady_timer.hpp>

#include <grpcwire/codec/bytes.hpp>
#include <grpcwire/rpc/context_resident.hpp>
#include <grpcwire/rpc/executor.hpp>
#include <grpcwire/rpc/http_page_internal.hpp>
#include <grpcwire/transport/io/address.hpp>
#include <grpcwire/transport/io/listener.hpp>
#include <grpcwire/transport/io/socket_error.hpp>

namespace grpcwire {
namespace detail {
namespace {

using transport::io::byte_stream;

constexpr std::string_view page_path = "/metrics";

}  // namespace

class page_connection;

/// Lives as long as the page or one of its connections. Runs on its executor unless it says
/// otherwise.
class metrics_page_core final : public context_resident,
                                public std::enable_shared_from_this<metrics_page_core> {
 public:
  metrics_page_core(const asio::any_io_executor& executor, std::shared_ptr<const metrics> source,
                    const metrics_page_options& options)
      : context_resident(executor),
        executor_(executor, threading::many),
        source_(std::move(source)),
        options_(options) {}

  /// Before anything else; gives what is wrong, or nothing.
  std::string listen(const transport::io::address& at);

  // ---- any thread
  void close();
  const std::string& address() const noexcept { return address_; }

  // ---- for its connections
  const metrics_page_options& options() const noexcept { return options_; }
  std::string text() const { return prometheus_text(source_->snapshot()); }
  void forget(page_connection* gone) { connections_.erase(gone); }

 private:
  void accept(std::unique_ptr<byte_stream> stream);
  void close_connections();
  void context_ended() override;
  void forked() override;

  serial_executor executor_;
  std::shared_ptr<const metrics> source_;
  metrics_page_options options_;
  std::string address_;
  std::mutex mutex_;  // listener_
  std::unique_ptr<transport::io::listener> listener_;
  std::unordered_map<page_connection*, std::weak_ptr<page_connection>> connections_;
};

/// One request and its answer. Kept alive by what it waits for.
class page_connection final : public transport::io::stream_user,
                              public std::enable_shared_from_this<page_connection> {
 public:
  page_connection(std::shared_ptr<metrics_page_core> page, std::unique_ptr<byte_stream> stream)
      : page_(std::move(page)), stream_(std::move(stream)), timer_(stream_->executor()) {}
  ~page_connection() { page_->forget(this); }

  void start() {
    timer_.expires_after(page_->options().time_max);
    timer_.async_wait([link = weak_from_this()](std::error_code stopped) {
      const auto self = link.lock();
      if (self && !stopped) self->close();
    });
    read();
  }

  void close() {
    closed_ = true;
    timer_.cancel();
    stream_->close();
  }
  void close_silently() {
    closed_ = true;
    stream_->close_silently();
  }

 private:
  void read() { stream_->read(block_, shared_from_this()); }

  void on_read(std::error_code error, std::size_t size) override {
    if (closed_) return;
    if (error) return close();
    // After the answer only the end is of interest: closing before the peer has sent everything
    // would take the answer back.
    if (answering_) return read();
    request_.append(reinterpret_cast<const char*>(block_.data()), size);
    const auto request = read_page_request(request_, page_->options().request_size_max, page_path);
    if (!request) return read();
    answer_ = request->error == 0 ? page_answer(page_->text(), request->body)
                                  : page_error(request->error, request->body);
    answering_ = true;
    write();
  }

  void on_writable(std::error_code error) override {
    if (closed_) return;
    if (error) return close();
    write();
  }

  void write() {
    while (sent_ < answer_.size()) {
      const std::array<codec::const_bytes, 1> rest = {codec::as_bytes(answer_).subspan(sent_)};
      std::error_code error;
      const std::size_t size = stream_->try_write(rest, error);
      if (transport::io::would_block(error)) {
        return stream_->wait_writable(shared_from_this());
      }
      if (error) return close();
      sent_ += size;
    }
    stream_->shut_down_writing();
    read();
  }

  std::shared_ptr<metrics_page_core> page_;
  std::unique_ptr<byte_stream> stream_;
  asio::steady_timer timer_;
  std::array<std::uint8_t, 2048> block_{};
  std::string request_;
  std::string answer_;
  std::size_t sent_ = 0;
  bool answering_ = false;
  bool closed_ = false;
};

std::string metrics_page_core::listen(const transport::io::address& at) {
  auto opened = transport::io::listener::open(executor_.get(), at, {});
  if (!opened) return std::move(opened).error();
  listener_ = *std::move(opened);
  address_ = listener_->local_address();
  listener_->start([executor = executor_.get()] { return executor; },
                   [link = weak_from_this()](std::unique_ptr<byte_stream> stream) {
                     if (const auto self = link.lock()) self->accept(std::move(stream));
                   });
  return {};
}

void metrics_page_core::accept(std::unique_ptr<byte_stream> stream) {
  if (connections_.size() >= options_.connections_max) return stream->close();
  const auto connection = std::make_shared<page_connection>(shared_from_this(), std::move(stream));
  connections_.emplace(connection.get(), connection);
  connection->start();
}

void metrics_page_core::close() {
  {
    const std::lock_guard lock(mutex_);
    if (listener_) listener_->close();
  }
  executor_.run([self = shared_from_this()] { self->close_connections(); });
}

void metrics_page_core::close_connections() {
  const auto all = connections_;  // each one forgets itself
  for (const auto& [key, link] : all) {
    if (const auto connection = link.lock()) connection->close();
  }
}

void metrics_page_core::context_ended() {
  const std::lock_guard lock(mutex_);
  listener_.reset();
}

void metrics_page_core::forked() {
  if (listener_) listener_->abandon();
  const auto all = connections_;
  for (const auto& [key, link] : all) {
    if (const auto connection = link.lock()) connection->close_silently();
  }
}

}  // namespace detail

result<metrics_page> metrics_page::open(asio::any_io_executor executor, std::string_view address,
                                        std::shared_ptr<const metrics> source,
                                        const metrics_page_options& options) {
  const auto at = transport::io::parse_address(address, 0);
  if (!at) return status(status_code::invalid_argument, at.error());
  auto core = std::make_shared<detail::metrics_page_core>(executor, std::move(source), options);
  if (std::string problem = core->listen(*at); !problem.empty()) {
    return status(status_code::unavailable, std::move(problem));
  }
  return metrics_page(std::move(core));
}

metrics_page::metrics_page(std::shared_ptr<detail::metrics_page_core> core)
    : core_(std::move(core)) {}

metrics_page& metrics_page::operator=(metrics_page&& other) noexcept {
  if (core_ && core_ != other.core_) core_->close();
  core_ = std::move(other.core_);
  return *this;
}

metrics_page::~metrics_page() {
  if (core_) core_->close();
}

const std::string& metrics_page::address() const noexcept {
  return core_->address();
}

}  // namespace grpcwire
