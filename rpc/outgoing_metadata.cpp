#include "outgoing_metadata.hpp"

#include <string>

namespace grpcwire::detail {

std::optional<codec::status> illegal_metadata(const codec::metadata& fields, transport::role sender,
                                              bool with_user_agent) {
  const bool server = sender == transport::role::server;
  const codec::value_rule rule = server ? codec::value_rule::http : codec::value_rule::grpc;
  for (const auto& [name, value] : fields) {
    const bool permitted = with_user_agent && name == "user-agent";
    const auto error = permitted ? codec::check_metadata_value(name, value, rule)
                                 : codec::check_metadata(name, value, rule);
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
