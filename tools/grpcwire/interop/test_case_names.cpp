#include "test_case_names.hpp"

#include <algorithm>
#include <array>

#include "glob.hpp"

namespace grpcwire::tools {
namespace {

constexpr std::array names{
    test_case_name{"empty_unary"},
    test_case_name{"large_unary"},
    test_case_name{"client_compressed_unary"},
    test_case_name{"server_compressed_unary"},
    test_case_name{"client_streaming"},
    test_case_name{"client_compressed_streaming"},
    test_case_name{"server_streaming"},
    test_case_name{"server_compressed_streaming"},
    test_case_name{"ping_pong"},
    test_case_name{"empty_stream"},
    test_case_name{"custom_metadata"},
    test_case_name{"status_code_and_message"},
    test_case_name{"special_status_message"},
    test_case_name{"unimplemented_method"},
    test_case_name{"unimplemented_service"},
    test_case_name{"cancel_after_begin", true, false, true},
    test_case_name{"cancel_after_first_response"},
    test_case_name{"timeout_on_sleeping_server", true, false, true},
    test_case_name{"rpc_soak"},
    test_case_name{"channel_soak"},
    test_case_name{"orca_per_rpc"},
    test_case_name{"orca_oob"},
    test_case_name{"max_concurrent_streams_connection_scaling"},
    test_case_name{"half_duplex", false},
    test_case_name{"pick_first_unary", false},
    test_case_name{"slow_consumer", false},
    test_case_name{"long_lived_channel", false},
    test_case_name{"call_credentials", false, true},
};

}  // namespace

std::span<const test_case_name> test_case_names() {
  return names;
}

const test_case_name* find_test_case_name(std::string_view name) {
  const auto* const found = std::ranges::find(names, name, &test_case_name::name);
  return found == names.end() ? nullptr : found;
}

bool names_a_test_case(std::string_view glob) {
  return std::ranges::any_of(names,
                             [&](const auto& known) { return glob_matches(glob, known.name); });
}

std::string test_case_list(std::string_view separator) {
  std::string all;
  for (const test_case_name& known : names) {
    if (!all.empty()) all.append(separator);
    all.append(known.name);
  }
  return all;
}

}  // namespace grpcwire::tools
