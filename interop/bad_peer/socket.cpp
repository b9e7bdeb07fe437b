#include "socket.hpp"

#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace grpcwire::bad_peer {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::system_category().message(errno));
}

void send_at_once(const file_descriptor& socket) {
  const int on = 1;
  (void)::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

file_descriptor::~file_descriptor() {
  if (number_ >= 0) ::close(number_);
}

file_descriptor connect_to(const std::string& host, std::uint16_t port) {
  const std::string service = std::to_string(port);
  const std::string where = host + ":" + service;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); code != 0) {
    throw std::runtime_error("cannot look up " + where + ": " + ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    file_descriptor socket(::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.number(), a->ai_addr, a->ai_addrlen) != 0) continue;
    send_at_once(socket);
    return socket;
  }
  fail("cannot connect to " + where);
}

file_descriptor listen_on(std::uint16_t port) {
  file_descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) fail("cannot open a socket");
  const int on = 1;
  (void)::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.number(), SOMAXCONN) != 0) {
    fail("cannot listen on 127.0.0.1:" + std::to_string(port));
  }
  return socket;
}

file_descriptor accept_from(const file_descriptor& listener) {
  file_descriptor socket(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket) fail("cannot accept a connection");
  send_at_once(socket);
  return socket;
}

std::uint16_t port_of(const file_descriptor& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("cannot tell the port");
  }
  return ntohs(address.sin_port);
}

short wait_for(const file_descriptor& socket, short events, std::chrono::milliseconds patience) {
  pollfd entry{.fd = socket.number(), .events = events, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0 ? entry.revents : short{0};
}

}  // namespace grpcwire::bad_peer
