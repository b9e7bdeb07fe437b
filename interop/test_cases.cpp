#include "test_cases.hpp"

#include <algorithm>
#include <array>

#include "client_flags.hpp"

namespace grpcwire::interop {
namespace {

constexpr std::string_view tls = "--use_tls";
constexpr std::string_view own_certificate = "--tls_cert_file";
constexpr std::string_view bad_server = "a server that misbehaves in the way of the case";
constexpr std::string_view scaling =
    "--service_config_json='{\"connectionScaling\": {\"maxConnectionsPerSubchannel\": 2}}', and a "
    "server that takes two calls on a connection (--max_concurrent_streams=2)";
constexpr std::string_view reconnect =
    "--server_control_port and --server_retry_port, the --control_port and --retry_port of a "
    "server";

constexpr std::array cases{
    test_case{"empty_unary", empty_unary},
    test_case{"large_unary", large_unary},
    test_case{"client_streaming", client_streaming},
    test_case{"server_streaming", server_streaming},
    test_case{"ping_pong", ping_pong},
    test_case{"half_duplex", half_duplex},
    test_case{"empty_stream", empty_stream},
    test_case{"custom_metadata", custom_metadata},
    test_case{"status_code_and_message", status_code_and_message},
    test_case{"special_status_message", special_status_message},
    test_case{"unimplemented_method", unimplemented_method},
    test_case{"unimplemented_service", unimplemented_service},
    test_case{"cancel_after_begin", cancel_after_begin},
    test_case{"cancel_after_first_response", cancel_after_first_response},
    test_case{"timeout_on_sleeping_server", timeout_on_sleeping_server},
    test_case{"client_compressed_unary", client_compressed_unary},
    test_case{"server_compressed_unary", server_compressed_unary},
    test_case{"client_compressed_streaming", client_compressed_streaming},
    test_case{"server_compressed_streaming", server_compressed_streaming},
    test_case{"pick_first_unary", pick_first_unary},
    test_case{"rpc_soak", rpc_soak},
    test_case{"channel_soak", channel_soak},
    test_case{"slow_consumer", slow_consumer, {}, true},
    test_case{"long_lived_channel", long_lived_channel, {}, true},
    test_case{"orca_per_rpc", orca_per_rpc},
    test_case{"orca_oob", orca_oob},
    test_case{"max_concurrent_streams_connection_scaling",
              max_concurrent_streams_connection_scaling, scaling},
    test_case{"connection_backoff", connection_backoff, reconnect, true},
    test_case{"call_credentials", call_credentials, tls},
    test_case{"client_certificate", client_certificate, own_certificate},
    test_case{"goaway", negative_goaway, bad_server},
    test_case{"rst_after_header", negative_rst_after_header, bad_server},
    test_case{"rst_during_data", negative_rst_during_data, bad_server},
    test_case{"rst_after_data", negative_rst_after_data, bad_server},
    test_case{"ping", negative_ping, bad_server},
    test_case{"max_streams", negative_max_streams, bad_server},
    test_case{"data_frame_padding", negative_data_frame_padding, bad_server},
    test_case{"no_df_padding_sanity_test", negative_data_frame_padding, bad_server},
};

}  // namespace

std::span<const test_case> test_cases() {
  return cases;
}

const test_case* find_test_case(std::string_view name) {
  const auto* const found = std::ranges::find(cases, name, &test_case::name);
  return found == cases.end() ? nullptr : found;
}

bool has_what_it_needs(const test_case& which, const client_flags& flags) {
  if (which.needs == tls) return flags.tls.use_tls;
  if (which.needs == bad_server) return flags.test_case == which.name;  // not with `all`
  if (which.needs == scaling) {
    return flags.service_config.find("connectionScaling") != std::string::npos;
  }
  if (which.needs == reconnect) {
    return flags.reconnect.control_port != 0 && flags.reconnect.retry_port != 0;
  }
  return which.needs.empty() || !flags.tls.cert_file.empty();
}

std::string known_case_names(std::string_view separator) {
  std::string names;
  for (const test_case& c : cases) {
    if (!names.empty()) names.append(separator);
    names.append(c.name);
  }
  return names;
}

}  // namespace grpcwire::interop
