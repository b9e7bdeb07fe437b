#include "relay.hpp"

#include <array>
#include <chrono>
#include <list>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/connect.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>

namespace grpcwire::tools {

using asio::ip::tcp;

struct relay::state : std::enable_shared_from_this<state> {
  state(asio::io_context& context, host_port l, host_port t, std::vector<relay_observer*> o)
      : io(context),
        listen(std::move(l)),
        to(std::move(t)),
        observers(std::move(o)),
        acceptor(context),
        pause(context) {}

  std::optional<std::string> start();
  void accept();
  void stop();

  template <class Tell>
  void each(Tell tell) {
    for (relay_observer* observer : observers) tell(*observer);
  }

  asio::io_context& io;
  host_port listen;
  host_port to;
  std::vector<relay_observer*> observers;
  tcp::acceptor acceptor;
  asio::steady_timer pause;  // after a failed accept
  std::list<std::weak_ptr<connection>> connections;
  std::size_t count = 0;
};

// A client, the server it is connected to, and one loop of read, tell, write for each way. The
// loops keep it alive.
class relay::connection : public std::enable_shared_from_this<connection> {
 public:
  connection(std::shared_ptr<state> owner, tcp::socket client, std::size_t number)
      : owner_(std::move(owner)),
        number_(number),
        resolver_(owner_->io),
        client_(std::move(client)),
        server_(owner_->io) {}

  void start() {
    std::error_code ignored;
    const auto peer = client_.socket.remote_endpoint(ignored);
    const host_port from{peer.address().to_string(), peer.port()};
    owner_->each([&](relay_observer& o) { o.on_connection(number_, from); });
    const host_port& to = owner_->to;
    resolver_.async_resolve(
        to.host, std::to_string(to.port),
        [self = shared_from_this()](std::error_code error, const tcp::resolver::results_type& r) {
          if (error) return self->cannot_connect(error);
          asio::async_connect(self->server_.socket, r,
                              [self](std::error_code failure, const tcp::endpoint&) {
                                if (failure) return self->cannot_connect(failure);
                                self->read(side::client);
                                self->read(side::server);
                              });
        });
  }

  void close() {
    if (closed_) return;
    closed_ = true;
    std::error_code ignored;
    resolver_.cancel();
    client_.socket.close(ignored);
    server_.socket.close(ignored);
    owner_->each([&](relay_observer& o) { o.on_closed(number_); });
  }

 private:
  struct end {
    explicit end(tcp::socket s) : socket(std::move(s)) {}
    explicit end(asio::io_context& io) : socket(io) {}
    tcp::socket socket;
    std::array<std::uint8_t, 16384> buffer{};
    bool finished = false;  // it will send no more
  };

  end& of(side s) { return s == side::client ? client_ : server_; }

  void cannot_connect(std::error_code error) {
    if (closed_) return;
    owner_->each([&](relay_observer& o) { o.on_cannot_connect(number_, error); });
    close();
  }

  void read(side sender) {
    end& from = of(sender);
    from.socket.async_read_some(
        asio::buffer(from.buffer),
        [self = shared_from_this(), sender](std::error_code error, std::size_t size) {
          if (self->closed_) return;
          if (error == asio::error::eof) return self->half_close(sender);
          if (error) return self->broken(sender, error);
          self->pass_on(sender, size);
        });
  }

  void pass_on(side sender, std::size_t size) {
    end& from = of(sender);
    const codec::const_bytes bytes = codec::const_bytes(from.buffer).first(size);
    owner_->each([&](relay_observer& o) { o.on_bytes(number_, sender, bytes); });
    asio::async_write(of(other(sender)).socket, asio::buffer(from.buffer.data(), size),
                      [self = shared_from_this(), sender](std::error_code error, std::size_t) {
                        if (self->closed_) return;
                        if (error) return self->broken(other(sender), error);
                        self->read(sender);
                      });
  }

  void half_close(side sender) {
    of(sender).finished = true;
    owner_->each([&](relay_observer& o) { o.on_half_close(number_, sender); });
    if (of(other(sender)).finished) return close();
    std::error_code ignored;
    of(other(sender)).socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void broken(side whose, std::error_code error) {
    owner_->each([&](relay_observer& o) { o.on_broken(number_, whose, error); });
    close();
  }

  std::shared_ptr<state> owner_;
  std::size_t number_;
  tcp::resolver resolver_;
  end client_;
  end server_;
  bool closed_ = false;
};

std::optional<std::string> relay::state::start() {
  std::error_code error;
  tcp::resolver resolver(io);
  const auto found =
      resolver.resolve(listen.host, std::to_string(listen.port), tcp::resolver::passive, error);
  if (!error) {
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  }
  if (error) {
    return fmt::format("cannot listen on {}: {}{}", to_string(listen), error.message(),
                       error == asio::error::address_in_use
                           ? ". Another program has this port; choose a different one"
                           : "");
  }
  accept();
  return std::nullopt;
}

void relay::state::accept() {
  acceptor.async_accept([self = shared_from_this()](std::error_code error, tcp::socket client) {
    if (!self->acceptor.is_open()) return;
    if (error) {
      // Out of descriptors, most likely; trying again at once would only spin.
      self->each([&](relay_observer& o) { o.on_accept_failed(error); });
      self->pause.expires_after(std::chrono::milliseconds(200));
      return self->pause.async_wait([self](std::error_code stopped) {
        if (!stopped) self->accept();
      });
    }
    self->connections.remove_if([](const auto& c) { return c.expired(); });
    const auto c = std::make_shared<connection>(self, std::move(client), ++self->count);
    self->connections.push_back(c);
    c->start();
    self->accept();
  });
}

void relay::state::stop() {
  std::error_code ignored;
  acceptor.close(ignored);
  pause.cancel();
  for (const auto& weak : connections) {
    if (const auto c = weak.lock()) c->close();
  }
  connections.clear();
}

relay::relay(asio::io_context& io, host_port listen, host_port to,
             std::vector<relay_observer*> observers)
    : state_(std::make_shared<state>(io, std::move(listen), std::move(to), std::move(observers))) {}

relay::~relay() {
  state_->stop();
}

std::optional<std::string> relay::start() {
  return state_->start();
}

std::uint16_t relay::port() const {
  return state_->acceptor.local_endpoint().port();
}

void relay::stop() {
  state_->stop();
}

}  // namespace grpcwire::tools
