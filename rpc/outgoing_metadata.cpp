#include "outgoing_metadata.hpp"

#include <string>

namespace grpcwire::detail {

std::optional<codec::status> illegal_metadata(const codec::metadata& fields,
                                              transport::role sender) {
  const bool server = sender == transport::role::server;
  for (const auto& [name, value] : fields) {
    const auto error = codec::check_metadata(
        name, value, server ? codec::value_rule::http : codec::value_rule::grpc);
    if (!error || (server && name == "grpc-retry-pushback-ms")) continue;  // gRFC A6
    const std::string field = "metadata \"" + std::string(name) + "\"";
    return codec::status(
        codec::status_code::internal,
        (server ? "the server set illegal " + field + ": " : field + " cannot be sent: ") +
            std::string(describe(*error)));
  }
  return std::nullopt;
}

}  // namespace grpcwire::detail
