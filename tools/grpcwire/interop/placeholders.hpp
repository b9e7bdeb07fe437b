// The {names} in descriptions of implementations, and what they stand for in one start.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace grpcwire::tools {

using placeholder_values = std::map<std::string, std::string, std::less<>>;

/// The names in a text, in their order. Only braces around small letters and underscores make one,
/// so JSON in an argument stays what it is.
std::vector<std::string> placeholders_in(std::string_view text);

/// The text with values in place of names. A name without a value stays as it is.
std::string expand(std::string_view text, const placeholder_values& values);

std::vector<std::string> expand(const std::vector<std::string>& texts,
                                const placeholder_values& values);

}  // namespace grpcwire::tools
