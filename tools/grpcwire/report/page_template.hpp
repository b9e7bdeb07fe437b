// The page of interop results without its results: report/page.html, compiled into the program.
#pragma once

#include <string_view>

namespace grpcwire::tools {

/// HTML with one place, `{{results}}`, for JSON inside of a script element.
std::string_view page_template();

}  // namespace grpcwire::tools
