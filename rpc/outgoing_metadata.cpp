#include "outgoing_metadata.hpp"

namespace grpcwire::detail {

std::optional<codec::status> illegal_metadata(const codec::metadata& fields, transport::role sender,
                                              const std::string* user_agent) {
  const bool server = sender == transport::role::server;
  const bool no_agent = user_agent != nullptr && user_agent->empty();
  for (const auto& [name, value] : fields) {
    const bool agent = no_agent && name == "user-agent";
    const auto error = codec::check_metadata(
        agent ? "agent" : name, value, server ? codec::value_rule::http : codec::value_rule::grpc);
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
