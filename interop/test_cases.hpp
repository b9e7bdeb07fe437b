// The test cases by their official names. Each is one function in the file of its subject and
// throws case_failed when something is not as it should be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace grpcwire::interop {

class case_context;
struct client_flags;

struct test_case {
  std::string_view name;
  void (*run)(case_context&);
  /// Flags without which the case has nothing to test.
  std::string_view needs{};
  bool slow = false;  ///< not among `all`
};

std::span<const test_case> test_cases();
/// Null for a name that is not known.
const test_case* find_test_case(std::string_view name);
bool has_what_it_needs(const test_case& which, const client_flags& flags);
std::string known_case_names(std::string_view separator);

// unary_cases.cpp
void empty_unary(case_context& context);
void large_unary(case_context& context);
void pick_first_unary(case_context& context);
// streaming_cases.cpp
void client_streaming(case_context& context);
void server_streaming(case_context& context);
void ping_pong(case_context& context);
void half_duplex(case_context& context);
void empty_stream(case_context& context);
// metadata_cases.cpp
void custom_metadata(case_context& context);
// status_cases.cpp
void status_code_and_message(case_context& context);
void special_status_message(case_context& context);
void unimplemented_method(case_context& context);
void unimplemented_service(case_context& context);
// cancel_cases.cpp
void cancel_after_begin(case_context& context);
void cancel_after_first_response(case_context& context);
void timeout_on_sleeping_server(case_context& context);
// compression_cases.cpp
void client_compressed_unary(case_context& context);
void server_compressed_unary(case_context& context);
void client_compressed_streaming(case_context& context);
void server_compressed_streaming(case_context& context);
// security_cases.cpp
void call_credentials(case_context& context);
void client_certificate(case_context& context);
// negative_cases.cpp
void negative_goaway(case_context& context);
void negative_rst_after_header(case_context& context);
void negative_rst_during_data(case_context& context);
void negative_rst_after_data(case_context& context);
void negative_ping(case_context& context);
void negative_max_streams(case_context& context);
void negative_data_frame_padding(case_context& context);
// soak_cases.cpp
void rpc_soak(case_context& context);
void channel_soak(case_context& context);
// slow_cases.cpp
void slow_consumer(case_context& context);
void long_lived_channel(case_context& context);
// orca_cases.cpp
void orca_per_rpc(case_context& context);
void orca_oob(case_context& context);
// scaling_cases.cpp
void max_concurrent_streams_connection_scaling(case_context& context);
// reconnect_case.cpp
void connection_backoff(case_context& context);

}  // namespace grpcwire::interop
