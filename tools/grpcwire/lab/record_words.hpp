// Words that several forms of records share.
#pragma once

#include <string>

#include "named_records.hpp"

namespace grpcwire::tools {

/// `3.1 name`; without a name only the path.
std::string field_words(const named_record& record);

/// `string "Martin"`, then ` | ` and the alternatives; empty for groups.
std::string reading_words(const named_record& record);

}  // namespace grpcwire::tools
