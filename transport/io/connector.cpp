#include "connector.hpp"

#include <algorithm>
#include <list>
#include <utility>
#include <variant>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <grpcwire/transport/error.hpp>
#include <grpcwire/transport/io/socket_error.hpp>
#include <grpcwire/transport/io/socket_stream.hpp>

namespace grpcwire::transport::io {
namespace {

using tcp = asio::ip::tcp;

/// RFC 8305 §5, "Connection Attempt Delay".
constexpr std::chrono::milliseconds attempt_delay{250};

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

/// Names become addresses; then the addresses race, each a little later than the one before it.
class race final : public connector, public std::enable_shared_from_this<race> {
 public:
  race(asio::any_io_executor executor, std::vector<address> to, const connect_settings& settings,
       handler done)
      : executor_(std::move(executor)),
        settings_(settings),
        done_(std::move(done)),
        limit_(executor_),
        delay_(executor_),
        resolver_(executor_),
        to_(std::move(to)) {}

  void run() {
    limit_.expires_after(settings_.timeout);
    limit_.async_wait([self = shared_from_this()](std::error_code error) {
      if (error || !self->done_) return;
      const std::string time = std::to_string(self->settings_.timeout.count());
      self->finish(nullptr, {make_error_code(transport_errc::connect_timeout),
                             "no connection within " + time + " ms" + self->tried()});
    });
    asio::post(executor_, [self = shared_from_this()] { self->resolve(); });
  }

  void cancel() override {
    done_ = nullptr;
    stop();
  }

 private:
  struct runner {
    std::variant<tcp::socket, local_socket> socket;
    std::string where;
  };
  using place = std::list<runner>::iterator;

  /// Goes on with the addresses that are left, until one is a name that has to be looked up.
  void resolve() {
    for (; done_ && resolved_ < to_.size(); ++resolved_) {
      const auto* host = std::get_if<host_port>(&to_[resolved_]);
      if (host == nullptr) {
        local_.push_back(std::get<unix_path>(to_[resolved_]));
        continue;
      }
      std::error_code no_literal;
      const auto literal = asio::ip::make_address(host->host, no_literal);
      if (!no_literal) {
        endpoints_.emplace_back(literal, host->port);
      } else if (host->host == "localhost") {
        endpoints_.emplace_back(asio::ip::address_v6::loopback(), host->port);
        endpoints_.emplace_back(asio::ip::address_v4::loopback(), host->port);
      } else {
        return look_up(*host);
      }
    }
    if (!done_) return;
    endpoints_ = interleave(std::move(endpoints_));
    start_next();
  }

  void look_up(const host_port& name) {
    resolver_.async_resolve(name.host, std::to_string(name.port), tcp::resolver::numeric_service,
                            [self = shared_from_this()](std::error_code error,
                                                        const tcp::resolver::results_type& found) {
                              self->found(error, found);
                            });
  }

  void found(std::error_code error, const tcp::resolver::results_type& results) {
    if (!done_) return;
    const std::string& name = std::get<host_port>(to_[resolved_++]).host;
    if (error) {
      const std::string text = "the name \"" + name + "\" has no address: " + error.message();
      last_error_ = make_error_code(transport_errc::no_address);
      if (to_.size() == 1) return finish(nullptr, {last_error_, text});
      tries_.push_back(text);
    }
    for (const auto& entry : results) endpoints_.push_back(entry.endpoint());
    resolve();
  }

  void start_next() {
    if (!done_) return;
    delay_.cancel();
    const std::size_t all = endpoints_.size() + local_.size();
    if (next_ == all) {
      if (runners_.empty()) finish(nullptr, {last_error_, "cannot connect" + tried()});
      return;
    }
    const std::size_t now = next_++;
    if (next_ != all) {
      delay_.expires_after(attempt_delay);
      delay_.async_wait([self = shared_from_this()](std::error_code error) {
        if (!error) self->start_next();
      });
    }
    if (now < endpoints_.size()) {
      const tcp::endpoint& to = endpoints_[now];
      connect<tcp::socket>(to, address_text(to));
    } else {
      const unix_path& to = local_[now - endpoints_.size()];
      connect<local_socket>(asio::local::stream_protocol::endpoint(to.path),
                            to_string(address(to)));
    }
  }

  template <class Socket>
  void connect(const typename Socket::endpoint_type& to, std::string where) {
    const place at = runners_.insert(runners_.end(), runner{Socket(executor_), std::move(where)});
    std::get<Socket>(at->socket)
        .async_connect(to, [self = shared_from_this(), at](std::error_code error) {
          if (!self->done_) return;
          if (error) return self->failed(at, error);
          Socket socket = std::get<Socket>(std::move(at->socket));
          set_user_timeout(socket.native_handle(), self->settings_.tcp_user_timeout);
          self->finish(make_byte_stream(std::move(socket)), {});
        });
  }

  void failed(place at, std::error_code error) {
    tries_.push_back(at->where + ": " + error.message());
    last_error_ = comparable(error);
    runners_.erase(at);
    start_next();
  }

  void finish(std::unique_ptr<byte_stream> stream, connect_failure failure) {
    const handler done = std::exchange(done_, nullptr);
    stop();
    if (done) done(std::move(stream), std::move(failure));
  }

  void stop() {
    limit_.cancel();
    delay_.cancel();
    resolver_.cancel();
    std::error_code ignored;
    for (runner& r : runners_) {
      std::visit([&](auto& socket) { socket.close(ignored); }, r.socket);
    }
  }

  std::string tried() const {
    std::string text;
    for (const std::string& t : tries_) text.append(text.empty() ? " (" : "; ").append(t);
    return text.empty() ? text : text + ")";
  }

  asio::any_io_executor executor_;
  connect_settings settings_;
  handler done_;  // null when it is over
  asio::steady_timer limit_;
  asio::steady_timer delay_;
  tcp::resolver resolver_;
  std::vector<address> to_;
  std::size_t resolved_ = 0;  // how many of them
  std::vector<tcp::endpoint> endpoints_;
  std::vector<unix_path> local_;
  std::size_t next_ = 0;
  std::list<runner> runners_;  // their handlers know their places
  std::vector<std::string> tries_;
  std::error_code last_error_;
};

}  // namespace

std::shared_ptr<connector> connector::start(asio::any_io_executor executor, std::vector<address> to,
                                            const connect_settings& settings, handler done) {
  const auto made =
      std::make_shared<race>(std::move(executor), std::move(to), settings, std::move(done));
  made->run();
  return made;
}

}  // namespace grpcwire::transport::io
