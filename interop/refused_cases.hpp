// Official test cases that interop_client knows and does not run.
#pragma once

#include <string_view>

namespace grpcwire::interop {

/// Why; empty for the name of any other case.
std::string_view why_refused(std::string_view name);

}  // namespace grpcwire::interop
