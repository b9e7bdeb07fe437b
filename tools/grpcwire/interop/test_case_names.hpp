// The interoperability test cases that are known by name.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace grpcwire::tools {

struct test_case_name {
  std::string_view name;
  bool official = true;  ///< one of the 23 official ones that need no cloud
  bool needs_tls = false;
  bool may_be_over_early = false;  ///< a client may be done before it has a connection
};

std::span<const test_case_name> test_case_names();

/// nullptr when there is none.
const test_case_name* find_test_case_name(std::string_view name);

/// Whether a glob, or a name, fits one of them.
bool names_a_test_case(std::string_view glob);

std::string test_case_list(std::string_view separator);

}  // namespace grpcwire::tools
