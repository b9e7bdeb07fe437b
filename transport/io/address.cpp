#include "address.hpp"

#include <charconv>

namespace grpcwire::transport::io {
namespace {

using parsed_address = codec::result<address, std::string>;

codec::result<std::uint16_t, std::string> parse_port(std::string_view text,
                                                     std::string_view whole) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) {
    return codec::unexpected{"\"" + std::string(whole) + "\": the port \"" + std::string(text) +
                             "\" is no number from 0 to 65535"};
  }
  return port;
}

parsed_address parse_host_port(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return codec::unexpected{"\"" + std::string(text) + "\": the bracket [ is not closed"};
    }
    host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') {
      return codec::unexpected{"\"" + std::string(text) + "\": only :port may follow ]"};
    }
    if (rest == ":") {
      return codec::unexpected{"\"" + std::string(text) + "\": there is no port behind the colon"};
    }
    if (!rest.empty()) port = rest.substr(1);
  } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    if (text.find(':') == colon) {  // two or more: an IPv6 address without port
      host = text.substr(0, colon);
      port = text.substr(colon + 1);
      if (port.empty()) {
        return codec::unexpected{"\"" + std::string(text) +
                                 "\": there is no port behind the colon"};
      }
    }
  }
  if (host.empty()) {
    return codec::unexpected{"\"" + std::string(text) + "\": the host is empty; write host:port"};
  }
  if (port.empty()) return address(host_port{std::string(host), default_port});
  const auto number = parse_port(port, text);
  if (!number) return codec::unexpected{number.error()};
  return address(host_port{std::string(host), *number});
}

}  // namespace

parsed_address parse_address(std::string_view text, std::uint16_t default_port) {
  const auto behind = [&](std::string_view prefix) {
    return std::string(text.substr(prefix.size()));
  };
  if (text.starts_with("unix-abstract:")) {
    const std::string name = behind("unix-abstract:");
    if (name.empty()) return codec::unexpected{std::string("unix-abstract: needs a name")};
    if (name.size() > 107) {
      return codec::unexpected{"\"" + name + "\": an abstract name has at most 107 bytes"};
    }
    return address(unix_path{std::string(1, '\0') + name});
  }
  if (text.starts_with("unix:")) {
    std::string path = behind("unix:");
    if (path.starts_with("//")) path.erase(0, 2);
    if (path.empty()) return codec::unexpected{std::string("unix: needs a path")};
    if (path.size() > 107) {
      return codec::unexpected{"\"" + path + "\": a socket's path has at most 107 bytes"};
    }
    return address(unix_path{std::move(path)});
  }
  return parse_host_port(text, default_port);
}

std::string to_string(const address& a) {
  if (const auto* path = std::get_if<unix_path>(&a)) {
    if (path->path.starts_with('\0')) return "unix-abstract:" + path->path.substr(1);
    return "unix:" + path->path;
  }
  const auto& [host, port] = std::get<host_port>(a);
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  const std::size_t colon = authority.find(':');
  // More than one colon: an IPv6 address without a port.
  if (colon != authority.rfind(':')) return std::string(authority);
  return std::string(authority.substr(0, colon));
}

}  // namespace grpcwire::transport::io
