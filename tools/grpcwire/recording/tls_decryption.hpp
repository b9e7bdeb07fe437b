// Takes TLS 1.3 off a recording, with the keys that one of the two sides has logged (RFC 8446).
#pragma once

#include <string_view>

#include "recording.hpp"

namespace grpcwire::tools {

/// The recording with what was inside of TLS instead of its records, for every connection whose
/// secrets are in `key_log` (lines as SSLKEYLOGFILE has them). Times are those of the records.
/// Connections that cannot be decrypted stay as they are: TLS 1.2, no secrets, or a build without
/// TLS. A connection that carried no data, but an alert, shows the alert.
recording decrypted(const recording& r, std::string_view key_log);

}  // namespace grpcwire::tools
