// What is inside received frames, and grpc-message as people read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frame_link.hpp"

namespace grpcwire::bad_peer {

/// Empty, or zero, for a payload that is malformed.
std::vector<transport::settings_entry> settings_of(const received_frame& frame);
std::uint32_t reset_code_of(const received_frame& frame);
std::uint32_t increment_of(const received_frame& frame);
std::pair<std::uint32_t, std::string> goaway_of(const received_frame& frame);  ///< code and text

/// Percent-decoded, and on one line.
std::string readable_message(std::string_view grpc_message);

}  // namespace grpcwire::bad_peer
