#include "descriptor.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace grpcwire::transport::io {
namespace {

/// An option of SOL_SOCKET; -1 and errno when there is none.
int socket_option(const descriptor& d, int name) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(d.get(), SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

std::string described(const descriptor& d, const std::string& problem) {
  return "descriptor " + std::to_string(d.get()) + " " + problem;
}

/// Why it is no stream socket at all.
std::optional<std::string> why_no_stream(const descriptor& d) {
  const int type = socket_option(d, SO_TYPE);
  if (type == SOCK_STREAM) return std::nullopt;
  if (type >= 0) return described(d, "is no stream socket");
  if (errno == EBADF) return described(d, "is not open");
  return described(d, "is no socket");
}

}  // namespace

descriptor::~descriptor() {
  if (number_ >= 0) ::close(number_);
}

int address_family(const descriptor& d) noexcept {
  return socket_option(d, SO_DOMAIN);
}

std::optional<std::string> why_not_connected(const descriptor& d) {
  if (auto why = why_no_stream(d)) return why;
  if (socket_option(d, SO_ACCEPTCONN) == 1) {
    return described(d, "listens; hand it to server::listen_descriptor()");
  }
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(d.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0) return std::nullopt;
  return described(d, "is not connected: " + std::generic_category().message(errno));
}

std::optional<std::string> why_not_listening(const descriptor& d) {
  if (auto why = why_no_stream(d)) return why;
  if (socket_option(d, SO_ACCEPTCONN) == 1) return std::nullopt;
  return described(d, "does not listen; call listen(2) first, or server::serve() for a connection");
}

}  // namespace grpcwire::transport::io
