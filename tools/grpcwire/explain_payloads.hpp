// What the frames around the calls say, one or more lines each: SETTINGS, WINDOW_UPDATE, PING,
// GOAWAY, RST_STREAM, PRIORITY. They need no memory of what came before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <grpcwire/transport/frame_payloads.hpp>

#include "explain_fields.hpp"

namespace grpcwire::tools {

/// `the server takes at most 100 calls at a time`.
std::string setting_meaning(transport::settings_entry entry, side sender);

/// What an error code means to somebody who makes calls; empty for codes nobody defined.
std::string error_meaning(std::uint32_t code);

std::vector<std::string> settings_lines(const std::vector<transport::settings_entry>& entries,
                                        side sender);
std::string window_update_line(std::uint32_t stream_id, std::uint32_t increment, side sender);
std::string ping_line(codec::const_bytes opaque, bool ack, side sender);
std::vector<std::string> goaway_lines(const transport::goaway_payload& goaway, side sender);
std::string rst_stream_line(std::uint32_t error_code, side sender);
std::string priority_line(const transport::priority_fields& fields);

}  // namespace grpcwire::tools
