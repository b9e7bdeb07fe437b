// The results of an interop run as one HTML page that needs nothing but a browser.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace grpcwire::tools {

/// `results` is an object:
///   "made", "grpcwire"  when, and by which version
///   "implementations"   [{"name", "version"}]
///   "cells"             [{"client", "server", "through", "case", "security", "outcome", "reason",
///                         "seconds", "attempts", "client_log", "server_log", "commands",
///                         "folder", "frames", "why"}]
///   "totals"            outcome to count
/// An outcome is one of pass, fail, flaky, skip, expected_failure, unexpected_pass. Everything may
/// hold any text: it is escaped. To stay small the page leaves out logs, commands and frames of
/// cells that passed, and cuts what is very long.
std::string html_page(const nlohmann::json& results);

}  // namespace grpcwire::tools
