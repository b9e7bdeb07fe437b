#include "target.hpp"

#include <string_view>
#include <utility>
#include <variant>

#include <asio/ip/address.hpp>

#include <grpcwire/transport/io/address.hpp>

namespace grpcwire::detail {
namespace {

using transport::io::address;
using transport::io::host_port;
using answer = codec::result<reached, std::string>;

/// `dns:///host:port` and bare `host:port` mean the same (gRPC doc/naming.md).
std::string_view without_dns(std::string_view target) {
  if (target.starts_with("dns:///")) return target.substr(7);
  if (target.starts_with("dns:") && !target.starts_with("dns://")) return target.substr(4);
  return target;
}

/// The part of a target that names the service: behind the last slash.
std::string last_part(std::string_view rest) {
  return std::string(rest.substr(rest.find_last_of('/') + 1));
}

bool is_literal(const address& a) {
  const auto* name = std::get_if<host_port>(&a);
  if (name == nullptr) return true;
  std::error_code error;
  asio::ip::make_address(name->host, error);
  return !error;
}

/// `ipv4:`, `ipv6:` and `unix:` take lists.
answer listed(std::string_view target, bool one_connection, std::string& authority) {
  const bool local = target.starts_with("unix:");
  std::string_view list = target.substr(5);
  reached found;
  std::vector<address> all;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string piece = (local ? "unix:" : "") + std::string(list.substr(0, comma));
    auto one = transport::io::parse_address(piece, default_port);
    if (!one) return codec::unexpected{std::move(one.error())};
    if (!is_literal(*one)) {
      return codec::unexpected{"\"" + piece + "\": only addresses may follow ipv4: and ipv6:"};
    }
    found.endpoints.push_back({.addresses = {to_string(*one)}});
    all.push_back(*std::move(one));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  if (authority.empty()) authority = local ? "localhost" : to_string(all.front());
  if (one_connection) {
    found.endpoints.clear();
    found.source = transport::io::dial(std::move(all));
  }
  return found;
}

}  // namespace

answer reach(const std::string& target, const channel_options& options, bool one_connection,
             std::string& authority) {
  const std::string_view text = target;
  const std::size_t colon = text.find(':');
  for (const resolver_scheme& scheme : options.resolvers) {
    if (colon == std::string_view::npos || text.substr(0, colon) != scheme.name) continue;
    const std::string_view rest = text.substr(colon + 1);
    auto made = scheme.make(rest);
    if (!made) return codec::unexpected{std::move(made.error())};
    if (authority.empty()) authority = last_part(rest);
    reached found;
    found.resolver = *std::move(made);
    return found;
  }
  const bool paths = text.starts_with("unix:") && text.find(',') != std::string_view::npos;
  if (paths || text.starts_with("ipv4:") || text.starts_with("ipv6:")) {
    return listed(text, one_connection && !options.pool, authority);
  }
  auto one = transport::io::parse_address(without_dns(text), default_port);
  if (!one) return codec::unexpected{std::move(one.error())};
  if (authority.empty()) {
    const bool local = std::holds_alternative<transport::io::unix_path>(*one);
    authority = local ? "localhost" : to_string(*one);
  }
  reached found;
  if (options.pool && (one_connection || is_literal(*one))) {
    found.endpoints = {{.addresses = {to_string(*one)}}};  // a source would be of this channel only
  } else if (one_connection || is_literal(*one)) {
    found.source = transport::io::dial({*std::move(one)});
  } else {
    found.resolver = make_dns_resolver(std::get<host_port>(*std::move(one)),
                                       options.resolve_interval_min, options.backoff);
  }
  return found;
}

std::vector<transport::io::address> parsed_addresses(const std::vector<std::string>& texts) {
  std::vector<transport::io::address> addresses;
  for (const std::string& text : texts) {
    auto address = transport::io::parse_address(text, default_port);
    if (address) addresses.push_back(*std::move(address));
  }
  return addresses;
}

}  // namespace grpcwire::detail
