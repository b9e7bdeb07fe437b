// Asks a server what its services look like (gRPC doc/server-reflection.md).
#pragma once

#include <string>
#include <vector>

#include "call_request.hpp"
#include "one_call.hpp"

namespace grpcwire::tools {

/// The file with the service and all that it imports: serialized FileDescriptorProto messages.
/// `call` has the authority, the metadata and the deadline of the questions. Throws
/// std::runtime_error when the server does not answer them.
std::vector<std::string> files_by_reflection(const wire_peer& peer, call_fields call,
                                             const std::string& service);

}  // namespace grpcwire::tools
