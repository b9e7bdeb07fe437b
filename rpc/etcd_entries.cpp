#include <cstdint>
#include <variant>

#include <nlohmann/json.hpp>

#include <grpcwire/rpc/etcd_entries_internal.hpp>
#include <grpcwire/transport/io/address.hpp>

namespace grpcwire::detail {

etcd_key_range keys_of_service(std::string_view service) {
  const std::string begin(service);
  // The first key that does not begin with "service/".
  return {.begin = begin + '/', .end = begin + static_cast<char>('/' + 1)};
}

std::string key_of_server(std::string_view service, std::string_view address) {
  return keys_of_service(service).begin.append(address);
}

std::string value_of_server(std::string_view address) {
  return nlohmann::json{{"Op", 0}, {"Addr", address}, {"Metadata", nullptr}}.dump();
}

std::optional<std::string> address_in(std::string_view value) {
  std::string text(value);
  if (value.starts_with('{')) {
    const auto tree = nlohmann::json::parse(value, nullptr, false);
    if (!tree.is_object()) return std::nullopt;
    const auto address = tree.find("Addr");
    if (address == tree.end() || !address->is_string()) return std::nullopt;
    text = address->get<std::string>();
  }
  constexpr std::uint16_t no_port = 0;
  const auto address = transport::io::parse_address(text, no_port);
  if (!address) return std::nullopt;
  const auto* const there = std::get_if<transport::io::host_port>(&*address);
  if (there != nullptr && there->port == no_port) return std::nullopt;
  return text;
}

}  // namespace grpcwire::detail
