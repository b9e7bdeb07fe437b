#include "socket_activation.hpp"

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace grpcwire {
namespace {

constexpr int first_descriptor = 3;  // SD_LISTEN_FDS_START

std::optional<std::string> take_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string taken = value;
  ::unsetenv(name);
  return taken;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

codec::unexpected<status> senseless(std::string_view variable, std::string_view value) {
  return codec::unexpected{status(status_code::invalid_argument,
                                  "the environment variable " + std::string(variable) + " is \"" +
                                      std::string(value) + "\", which is no number of sockets")};
}

/// Names are separated by colons and belong to the sockets in order.
std::string take_name(std::string_view& names) {
  const std::size_t end = std::min(names.find(':'), names.size());
  std::string name(names.substr(0, end));
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

}  // namespace

result<std::vector<activated_socket>> take_activated_sockets() {
  const auto process = take_variable("LISTEN_PID");
  const auto count = take_variable("LISTEN_FDS");
  const std::string names_text = take_variable("LISTEN_FDNAMES").value_or("");
  std::vector<activated_socket> sockets;
  if (!process || !count) return sockets;
  const auto pid = number(*process);
  if (!pid) return senseless("LISTEN_PID", *process);
  if (*pid != ::getpid()) return sockets;
  const auto how_many = number(*count);
  if (!how_many || *how_many > ::getdtablesize() - first_descriptor) {
    return senseless("LISTEN_FDS", *count);
  }
  std::string_view names = names_text;
  for (int i = 0; i < *how_many; ++i) {
    const int descriptor = first_descriptor + i;
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags < 0) {
      return codec::unexpected{
          status(status_code::invalid_argument, "LISTEN_FDS announces " + *count +
                                                    " sockets, but descriptor " +
                                                    std::to_string(descriptor) + " is not open")};
    }
    ::fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
    sockets.push_back({descriptor, take_name(names)});
  }
  return sockets;
}

}  // namespace grpcwire
