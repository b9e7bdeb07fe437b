// Says why an interop case failed, from what was on the wire: the first frame that deviates, the
// rule it breaks, and where that rule is written.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "../recording/recording.hpp"

namespace grpcwire::tools {

/// An object with
///   "sentence"    what went wrong, in words for somebody new to gRPC
///   "frame"       its number, as frame_lines() counts, or null when no frame is at fault
///   "frame_line"  the headline of that frame; empty when there is none
///   "rule"        what should have been
///   "section"     of the specification: `RFC 9113 section 8.1`, …
///   "hint"        what to look at next; may be empty
/// `case_name` is an official one (`large_unary`); of others only the rules of HTTP/2 and gRPC are
/// looked at. `client_log` is what the client printed; its last line is quoted when the wire shows
/// nothing wrong.
nlohmann::json why(const recording& r, std::string_view case_name, std::string_view client_log);

}  // namespace grpcwire::tools
