// From the options of a channel or server to the settings of one of its sessions.
#pragma once

#include <chrono>
#include <optional>

#include <grpcwire/rpc/channel_options.hpp>
#include <grpcwire/rpc/server_options.hpp>
#include <grpcwire/transport/settings.hpp>

namespace grpcwire::detail {

/// Within its bounds; null when keepalive is off.
std::optional<std::chrono::milliseconds> keepalive_time(const keepalive_settings& settings);

/// `time` instead of the one in the options: servers that complain make it grow.
transport::session_settings session_settings_of(const channel_options& options,
                                                std::optional<std::chrono::milliseconds> time);

/// Draws the jitter of the maximum age.
transport::session_settings session_settings_of(const server_options& options);

/// For TCP_USER_TIMEOUT; 0 leaves the system's default.
std::chrono::milliseconds tcp_user_timeout(const channel_options& options);
std::chrono::milliseconds tcp_user_timeout(const server_options& options);

}  // namespace grpcwire::detail
