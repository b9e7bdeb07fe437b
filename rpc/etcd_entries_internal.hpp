// What keys and values of servers look like in etcd.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace grpcwire::detail {

/// All keys that begin with the prefix: from it up to, without, the end.
struct etcd_key_range {
  std::string begin;
  std::string end;
};
etcd_key_range keys_of_service(std::string_view service);

std::string key_of_server(std::string_view service, std::string_view address);
/// The JSON that etcd's own Go client writes and reads (its package naming/endpoints).
std::string value_of_server(std::string_view address);
/// Nothing: this is no address.
std::optional<std::string> address_in(std::string_view value);

}  // namespace grpcwire::detail
