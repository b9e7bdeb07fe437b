// What channelz sees, as lines for people.
#pragma once

#include <cstdint>
#include <string>

#include <grpcwire/rpc/channelz_view_internal.hpp>

namespace grpcwire::detail {

/// A server with all its connections.
std::string describe(const server_view& view, std::int64_t id);

}  // namespace grpcwire::detail
