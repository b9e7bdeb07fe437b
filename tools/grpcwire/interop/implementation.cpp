#include "implementation.hpp"

#include "glob.hpp"

namespace grpcwire::tools {

std::string_view name(security s) {
  return s == security::tls ? "tls" : "plaintext";
}

bool cell_pattern::fits(std::string_view case_name, tools::security s) const {
  return glob_matches(cases, case_name) && glob_matches(security, tools::name(s));
}

std::vector<std::string> program::arguments_for(std::string_view case_name, security s) const {
  std::vector<std::string> all;
  for (const case_arguments& more : for_cases) {
    if (!more.which.fits(case_name, s)) continue;
    all.insert(all.end(), more.arguments.begin(), more.arguments.end());
  }
  return all;
}

std::optional<std::string> program::why_unsupported(std::string_view case_name, security s) const {
  for (const unsupported_cases& not_these : unsupported) {
    if (not_these.which.fits(case_name, s)) return not_these.reason;
  }
  return std::nullopt;
}

}  // namespace grpcwire::tools
