#include "client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>
#include <vector>

#include "canned_connection.hpp"
#include "client_connection.hpp"
#include "descriptor.hpp"

namespace bench_floor {
namespace {

[[noreturn]] void fail_to(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(const std::string& target) {
  const auto colon = target.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      ::inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    throw std::runtime_error("--target '" + target + "' is not IPV4-ADDRESS:PORT");
  }
  address.sin_port =
      htons(static_cast<std::uint16_t>(std::strtoul(target.c_str() + colon + 1, nullptr, 10)));
  return address;
}

descriptor connect_to(const std::string& target) {
  const sockaddr_in address = address_of(target);
  descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail_to("socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail_to("cannot connect to " + target);
  }
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

/// `Connection`: client_connection or canned_connection.
template <class Connection>
class client_loop {
 public:
  explicit client_loop(const bench::load_options& options)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)), shared_(options) {
    if (epoll_.get() < 0) fail_to("epoll");
    for (unsigned i = 0; i < options.connections; ++i) {
      auto& added = connections_.emplace_back(
          std::make_unique<Connection>(connect_to(options.target), shared_));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.ptr = added.get();
      if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, added->fd(), &event) != 0) fail_to("epoll_ctl");
    }
  }

  bench::meter run() {
    synchronize();
    shared_.meter.start(bench::clock::now());
    for (auto& c : connections_) {
      c->begin_calls();
      flush(*c);
    }
    while (shared_.meter.failure().empty() && !all_idle()) turn();
    return std::move(shared_.meter);
  }

  void hold() requires requires(Connection c) { c.hold_calls(); }
  {
    synchronize();
    bench::announce_phase("connected");
    for (auto& c : connections_) c->hold_calls();
    synchronize();
    bench::announce_phase("holding");
  }

 private:
  bool all_idle() const {
    if (!one_went_idle_) return false;
    for (const auto& c : connections_) {
      if (!c->idle()) return false;
    }
    return true;
  }

  /// Until the server has answered what was sent on each connection so far.
  void synchronize() {
    ++pings_;
    for (auto& c : connections_) {
      c->ping();
      flush(*c);
    }
    for (auto& c : connections_) {
      while (c->pinged() < pings_) turn();
    }
  }

  void turn() {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    if (count < 0 && errno != EINTR) fail_to("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& e = events[static_cast<std::size_t>(i)];
      Connection& c = *static_cast<Connection*>(e.data.ptr);
      const std::uint32_t before = c.interest();
      if (!c.on_ready(e.events)) throw std::runtime_error("the server closed a connection");
      watch(c, before);
      one_went_idle_ |= c.idle();
    }
  }

  void flush(Connection& c) {
    const std::uint32_t before = c.interest();
    if (!c.flush()) throw std::runtime_error("the server closed a connection");
    watch(c, before);
  }

  void watch(Connection& c, std::uint32_t before) {
    if (c.interest() == before) return;
    epoll_event event{};
    event.events = c.interest();
    event.data.ptr = &c;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, c.fd(), &event) != 0) fail_to("epoll_ctl");
  }

  descriptor epoll_;
  client_parts shared_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::uint64_t pings_ = 0;
  bool one_went_idle_ = false;
};

}  // namespace

int load(const bench::load_options& options, bool canned) {
  if (canned) return bench::report(options, {client_loop<canned_connection>(options).run()});
  const auto loop = std::make_unique<client_loop<client_connection>>(options);
  if (options.hold) {
    loop->hold();
    return 0;
  }
  return bench::report(options, {loop->run()});
}

}  // namespace bench_floor
