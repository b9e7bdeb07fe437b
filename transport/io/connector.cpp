#include <algorithm>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/transport/error.hpp>
#include <grpcwire/transport/io/connector.hpp>
#include <grpcwire/transport/io/socket_error.hpp>
#include <grpcwire/transport/io/socket_stream.hpp>

namespace grpcwire::transport::io {
namespace {

using tcp = asio::ip::tcp;

/// IPv6 and IPv4 by turns, each family in the order it came in; the first one's family first.
std::vector<tcp::endpoint> interleave(std::vector<tcp::endpoint> all) {
  if (all.empty()) return all;
  const bool first_v6 = all.front().address().is_v6();
  std::vector<tcp::endpoint> same;
  std::vector<tcp::endpoint> other;
  for (const tcp::endpoint& e : all) (e.address().is_v6() == first_v6 ? same : other).push_back(e);
  std::vector<tcp::endpoint> mixed;
  for (std::size_t i = 0; i < std::max(same.size(), other.size()); ++i) {
    if (i < same.size()) mixed.push_back(same[i]);
    if (i < other.size()) mixed.push_back(other[i]);
  }
  return mixed;
}

/// The parts that both kinds of address share: the timeout and the single end.
class attempt : public connector, public std::enable_shared_from_this<attempt> {
 public:
  attempt(asio::any_io_executor executor, const connect_settings& settings, handler done)
      : executor_(std::move(executor)),
        timer_(executor_),
        timeout_(settings.timeout),
        done_(std::move(done)) {}

  void cancel() override {
    done_ = nullptr;
    timer_.cancel();
    stop();
  }

 protected:
  virtual void stop() = 0;

  void start_timer() {
    timer_.expires_after(timeout_);
    timer_.async_wait([self = shared_from_this()](std::error_code error) {
      if (error || !self->done_) return;
      self->finish(nullptr, {make_error_code(transport_errc::connect_timeout),
                             "no connection within " + std::to_string(self->timeout_.count()) +
                                 " ms" + self->tried()});
      self->stop();
    });
  }

  void finish(std::unique_ptr<byte_stream> stream, connect_failure failure) {
    timer_.cancel();
    if (handler done = std::exchange(done_, nullptr)) done(std::move(stream), std::move(failure));
  }

  void failed(const std::string& where, std::error_code error) {
    tries_.push_back(where + ": " + error.message());
    last_error_ = comparable(error);
  }
  std::string tried() const {
    std::string text;
    for (const std::string& t : tries_) text.append(text.empty() ? " (" : "; ").append(t);
    return text.empty() ? text : text + ")";
  }
  bool over() const { return !done_; }

  asio::any_io_executor executor_;
  std::error_code last_error_;

 private:
  asio::steady_timer timer_;
  std::chrono::milliseconds timeout_;
  handler done_;
  std::vector<std::string> tries_;
};

class tcp_attempt final : public attempt {
 public:
  tcp_attempt(asio::any_io_executor executor, const connect_settings& settings, handler done,
              host_port to)
      : attempt(executor, settings, std::move(done)),
        to_(std::move(to)),
        user_timeout_(settings.tcp_user_timeout),
        resolver_(executor),
        socket_(executor) {}

  void run() {
    start_timer();
    std::error_code no_literal;
    const auto literal = asio::ip::make_address(to_.host, no_literal);
    if (!no_literal) {
      endpoints_ = {tcp::endpoint(literal, to_.port)};
    } else if (to_.host == "localhost") {
      endpoints_ = {tcp::endpoint(asio::ip::address_v6::loopback(), to_.port),
                    tcp::endpoint(asio::ip::address_v4::loopback(), to_.port)};
    } else {
      resolver_.async_resolve(
          to_.host, std::to_string(to_.port), tcp::resolver::numeric_service,
          [self = self()](std::error_code error, const tcp::resolver::results_type& found) {
            self->resolved(error, found);
          });
      return;
    }
    asio::post(executor_, [self = self()] { self->next(); });
  }

 private:
  std::shared_ptr<tcp_attempt> self() {
    return std::static_pointer_cast<tcp_attempt>(shared_from_this());
  }

  void resolved(std::error_code error, const tcp::resolver::results_type& found) {
    if (over()) return;
    if (error) {
      finish(nullptr, {make_error_code(transport_errc::no_address),
                       "the name \"" + to_.host + "\" has no address: " + error.message()});
      return;
    }
    for (const auto& entry : found) endpoints_.push_back(entry.endpoint());
    endpoints_ = interleave(std::move(endpoints_));
    next();
  }

  void next() {
    if (over()) return;
    if (index_ == endpoints_.size()) {
      finish(nullptr, {last_error_, "cannot connect" + tried()});
      return;
    }
    std::error_code ignored;
    socket_.close(ignored);
    socket_.async_connect(endpoints_[index_], [self = self()](std::error_code error) {
      if (self->over()) return;
      const tcp::endpoint& to = self->endpoints_[self->index_++];
      if (!error) {
        set_user_timeout(self->socket_.native_handle(), self->user_timeout_);
        return self->finish(make_byte_stream(std::move(self->socket_)), {});
      }
      self->failed(to_string(host_port{to.address().to_string(), to.port()}), error);
      self->next();
    });
  }

  void stop() override {
    std::error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
  }

  host_port to_;
  std::chrono::milliseconds user_timeout_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  std::vector<tcp::endpoint> endpoints_;
  std::size_t index_ = 0;
};

class local_attempt final : public attempt {
 public:
  local_attempt(asio::any_io_executor executor, const connect_settings& settings, handler done,
                unix_path to)
      : attempt(executor, settings, std::move(done)), to_(std::move(to)), socket_(executor) {}

  void run() {
    start_timer();
    socket_.async_connect(
        asio::local::stream_protocol::endpoint(to_.path),
        [self =
             std::static_pointer_cast<local_attempt>(shared_from_this())](std::error_code error) {
          if (self->over()) return;
          if (!error) return self->finish(make_byte_stream(std::move(self->socket_)), {});
          self->failed(to_string(address(self->to_)), error);
          self->finish(nullptr, {self->last_error_, "cannot connect" + self->tried()});
        });
  }

 private:
  void stop() override {
    std::error_code ignored;
    socket_.close(ignored);
  }

  unix_path to_;
  local_socket socket_;
};

}  // namespace

std::shared_ptr<connector> connector::start(asio::any_io_executor executor, const address& to,
                                            const connect_settings& settings, handler done) {
  if (const auto* path = std::get_if<unix_path>(&to)) {
    auto made = std::make_shared<local_attempt>(executor, settings, std::move(done), *path);
    made->run();
    return made;
  }
  auto made =
      std::make_shared<tcp_attempt>(executor, settings, std::move(done), std::get<host_port>(to));
  made->run();
  return made;
}

}  // namespace grpcwire::transport::io
