#include "host_port.hpp"

#include <charconv>

#include <fmt/format.h>

namespace grpcwire::tools {

codec::result<host_port, std::string> parse_host_port(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fmt::format("\"{}\" is not HOST:PORT: {}", text, why);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("there is no colon and no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.empty()) return wrong("there is no address between the brackets");
  } else if (host.find(':') != std::string_view::npos) {
    return wrong("an IPv6 address needs brackets, as in [::1]:50051");
  } else if (host.find_first_of("[]/ ") != std::string_view::npos) {
    return wrong("the host is neither a name nor an address");
  }
  host_port result{host.empty() ? "127.0.0.1" : std::string(host), 0};
  const char* const end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, result.port);
  if (error != std::errc{} || stop != end || port.empty()) {
    return wrong("the port must be a number from 0 to 65535");
  }
  return result;
}

std::string to_string(const host_port& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + address.host + "]" : address.host;
  return host + ":" + std::to_string(address.port);
}

}  // namespace grpcwire::tools
