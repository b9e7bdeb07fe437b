#include "case_expectations.hpp"

#include <algorithm>

namespace grpcwire::tools {
namespace {

using message_list = std::vector<expected_message>;

constexpr std::size_t large_request = 271'828;
constexpr std::size_t large_response = 314'159;
constexpr std::string_view special_message =
    "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n";

message_list sizes(std::initializer_list<std::size_t> bodies) {
  message_list made;
  for (const std::size_t body : bodies) made.push_back({body, std::nullopt});
  return made;
}

message_list any() {
  return {{std::nullopt, std::nullopt}};
}

message_list one(std::size_t body, bool compressed) {
  return {{body, compressed}};
}

expected_call ok(std::string_view method, std::optional<message_list> requests,
                 std::optional<message_list> responses) {
  return {.method = method, .requests = std::move(requests), .responses = std::move(responses)};
}

expected_call ending_with(std::string_view method, status_code code,
                          std::optional<std::string_view> message = std::nullopt) {
  return {.method = method, .code = code, .message = message};
}

std::vector<expected_case> plain_cases() {
  const message_list asked = sizes({27'182, 8, 1'828, 45'904});
  const message_list answered = sizes({31'415, 9, 2'653, 58'979});
  expected_call summed = ok("StreamingInputCall", asked, any());
  summed.aggregated_size = 74'922;
  return {
      {"empty_unary", {ok("EmptyCall", any(), any())}},
      {"large_unary", {ok("UnaryCall", sizes({large_request}), sizes({large_response}))}},
      {"client_streaming", {summed}},
      {"server_streaming", {ok("StreamingOutputCall", any(), answered)}},
      {"ping_pong", {ok("FullDuplexCall", asked, answered)}},
      {"half_duplex", {ok("HalfDuplexCall", asked, answered)}},
      {"empty_stream", {ok("FullDuplexCall", message_list{}, message_list{})}},
      {"rpc_soak", {ok("UnaryCall", sizes({large_request}), sizes({large_response}))}, true},
      {"channel_soak", {ok("UnaryCall", sizes({large_request}), sizes({large_response}))}, true},
  };
}

std::vector<expected_case> compression_cases() {
  expected_call probe = ending_with("UnaryCall", status_code::invalid_argument);
  probe.requests = one(large_request, false);
  expected_call stream_probe = ending_with("StreamingInputCall", status_code::invalid_argument);
  stream_probe.requests = one(27'182, false);
  expected_call stream =
      ok("StreamingInputCall", message_list{{27'182, true}, {45'904, false}}, any());
  stream.aggregated_size = 73'086;
  return {
      {"client_compressed_unary",
       {probe, ok("UnaryCall", one(large_request, true), sizes({large_response})),
        ok("UnaryCall", one(large_request, false), sizes({large_response}))}},
      {"server_compressed_unary",
       {ok("UnaryCall", sizes({large_request}), one(large_response, true)),
        ok("UnaryCall", sizes({large_request}), one(large_response, false))}},
      {"client_compressed_streaming", {stream_probe, stream}},
      {"server_compressed_streaming",
       {ok("StreamingOutputCall", any(), message_list{{31'415, true}, {92'653, false}})}},
  };
}

std::vector<expected_case> ending_cases() {
  expected_call echoing = ok("UnaryCall", any(), any());
  echoing.echoes_metadata = true;
  expected_call echoing_stream = ok("FullDuplexCall", std::nullopt, std::nullopt);
  echoing_stream.echoes_metadata = true;
  return {
      {"custom_metadata", {echoing, echoing_stream}},
      {"status_code_and_message",
       {ending_with("UnaryCall", status_code::unknown, "test status message"),
        ending_with("FullDuplexCall", status_code::unknown, "test status message")}},
      {"special_status_message", {ending_with("UnaryCall", status_code::unknown, special_message)}},
      {"unimplemented_method", {ending_with("UnimplementedCall", status_code::unimplemented)}},
      {"unimplemented_service", {ending_with("UnimplementedCall", status_code::unimplemented)}},
      {"cancel_after_begin",
       {{.method = "StreamingInputCall",
         .end = expected_end::cancelled,
         .requests = message_list{}}}},
      {"cancel_after_first_response",
       {{.method = "FullDuplexCall",
         .end = expected_end::cancelled,
         .requests = sizes({27'182}),
         .responses = sizes({31'415})}}},
      {"timeout_on_sleeping_server",
       {{.method = "FullDuplexCall", .end = expected_end::deadline, .responses = message_list{}}}},
  };
}

std::vector<expected_case> other_cases() {
  expected_call picked = ok("UnaryCall", any(), any());
  picked.has_server_id = true;
  expected_call reporting = ok("UnaryCall", any(), any());
  reporting.has_load_report = true;
  return {
      {"pick_first_unary", {picked}, true},
      {"orca_per_rpc", {reporting}},
      {"orca_oob", {ok("FullDuplexCall", std::nullopt, std::nullopt)}},
  };
}

std::vector<expected_case> all_cases() {
  std::vector<expected_case> all = plain_cases();
  for (const auto& more : {compression_cases(), ending_cases(), other_cases()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

const expected_case* find_expected_case(std::string_view name) {
  static const std::vector<expected_case> cases = all_cases();
  const auto found = std::find_if(cases.begin(), cases.end(),
                                  [&](const expected_case& c) { return c.name == name; });
  return found == cases.end() ? nullptr : &*found;
}

}  // namespace grpcwire::tools
