// The results in the XML that CI systems read (the JUnit format of Ant, as Jenkins and GitLab take
// it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "results.hpp"

namespace grpcwire::tools {

/// Text for an attribute or element: escaped, without what XML 1.0 cannot hold; bytes that are no
/// UTF-8 become question marks.
std::string xml_escaped(std::string_view text);

/// A suite for each client, server, way and security. Expected failures count as skipped.
std::string junit(const std::vector<cell_result>& cells);

}  // namespace grpcwire::tools
