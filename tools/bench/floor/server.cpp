#include "server.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "descriptor.hpp"
#include "server_connection.hpp"

namespace bench_floor {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

descriptor listen_on(std::uint16_t port) {
  descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (listener.get() < 0) fail("socket");
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) fail("bind");
  if (::listen(listener.get(), 1024) != 0) fail("listen");
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
  return listener;
}

/// Readable when somebody asks for the end.
descriptor end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  return descriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

class server_loop {
 public:
  explicit server_loop(std::uint16_t port)
      : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        signals_(end_signals()),
        listener_(listen_on(port)) {
    if (epoll_.get() < 0) fail("epoll");
    watch(EPOLL_CTL_ADD, signals_.get(), EPOLLIN);
    watch(EPOLL_CTL_ADD, listener_.get(), EPOLLIN);
  }

  void run() {
    std::array<epoll_event, 64> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
      if (count < 0 && errno != EINTR) fail("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const epoll_event& e = events[static_cast<std::size_t>(i)];
        if (e.data.fd == signals_.get()) return;
        if (e.data.fd == listener_.get()) {
          accept();
        } else {
          serve(e.data.fd, e.events);
        }
      }
    }
  }

 private:
  void watch(int operation, int fd, std::uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) fail("epoll_ctl");
  }

  void accept() {
    descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.get();
    connections_.emplace(fd, std::make_unique<server_connection>(std::move(socket), shared_));
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }

  void serve(int fd, std::uint32_t events) {
    server_connection& c = *connections_.at(fd);
    const std::uint32_t before = c.interest();
    if (!c.on_ready(events)) {
      connections_.erase(fd);
    } else if (c.interest() != before) {
      watch(EPOLL_CTL_MOD, fd, c.interest());
    }
  }

  descriptor epoll_;
  descriptor signals_;
  descriptor listener_;
  server_parts shared_;
  std::unordered_map<int, std::unique_ptr<server_connection>> connections_;
};

}  // namespace

void serve(std::uint16_t port) {
  server_loop(port).run();
}

}  // namespace bench_floor
