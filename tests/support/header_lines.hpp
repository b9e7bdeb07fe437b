// Header fields as text, to compare with.
#pragma once

#include <string>
#include <vector>

#include <grpcwire/codec/headers.hpp>

namespace grpcwire::tests {

/// One `name=value` for each field; " !" is behind those that are never indexed.
inline std::vector<std::string> lines_of(const codec::header_fields& fields) {
  std::vector<std::string> lines;
  for (const codec::header_view& f : fields.view()) {
    lines.push_back(std::string(f.name) + "=" + std::string(f.value) + (f.sensitive ? " !" : ""));
  }
  return lines;
}

}  // namespace grpcwire::tests
