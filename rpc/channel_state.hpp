// How a channel, or the way to one of its servers, is doing.
#pragma once

#include <cstdint>
#include <string_view>

namespace grpcwire {

/// gRPC doc/connectivity-semantics-and-api.md.
enum class channel_state : std::uint8_t { idle, connecting, ready, transient_failure, shutdown };
std::string_view name(channel_state state) noexcept;

}  // namespace grpcwire
