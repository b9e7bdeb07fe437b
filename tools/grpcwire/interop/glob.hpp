// Names with wildcards, as flags and description files have them.
#pragma once

#include <string_view>

namespace grpcwire::tools {

/// `*` stands for any text, also for none; `?` for one character. The whole text has to match.
bool glob_matches(std::string_view pattern, std::string_view text);

/// Whether the text is a pattern at all.
bool is_glob(std::string_view text);

}  // namespace grpcwire::tools
