// Recordings as packet captures for Wireshark and its kin: the pcapng format, version 1.0
// (draft-ietf-opsawg-pcapng).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "recording.hpp"

namespace grpcwire::tools {

/// The bytes of a capture. A tap sees no packets, so they are made up: Ethernet, IPv4 (192.0.2.1 is
/// the client, 192.0.2.2 the server) and TCP with its handshake, right sequence numbers and
/// checksums; ports, times and payloads are real. Comments on the packets say who connected, what
/// breaks a rule, what was dropped and how it ended. `key_log`: lines as SSLKEYLOGFILE has them,
/// with which the capture's reader can decrypt TLS; may be empty.
std::string pcapng(const recording& r, std::string_view key_log);

/// The same into a file. An answer is a sentence that says why it cannot be written.
std::optional<std::string> write_pcapng(const std::filesystem::path& file, const recording& r,
                                        std::string_view key_log);

}  // namespace grpcwire::tools
