// Metadata there and back, as text and as octets.
#include <string_view>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

constexpr std::string_view initial_name = "x-grpc-test-echo-initial";
constexpr std::string_view initial_value = "test_initial_metadata_value";
constexpr std::string_view trailing_name = "x-grpc-test-echo-trailing-bin";
constexpr std::string_view trailing_value = "\xab\xab\xab";

call_options with_echoes(const case_context& context, call_info& info) {
  call_options options = context.options();
  options.metadata.add(initial_name, initial_value);
  options.metadata.add(trailing_name, trailing_value);
  options.info = &info;
  return options;
}

void expect_echoes(const call_info& info) {
  expect_single("initial metadata", info.initial_metadata, initial_name, initial_value);
  expect_single("trailing metadata", info.trailing_metadata, trailing_name, trailing_value);
}

void unary(case_context& context) {
  call_info info;
  const auto [status, reply] =
      context.stub.UnaryCall(large_request(), with_echoes(context, info), blocking);
  expect_ok("UnaryCall", status);
  expect_zeros("UnaryCall", reply.payload().body(), large_response_size);
  expect_echoes(info);
}

void full_duplex(case_context& context) {
  ::grpc::testing::StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(large_response_size);
  *request.mutable_payload() = zeros(large_request_size);
  call_info info;
  auto call = context.stub.FullDuplexCall(with_echoes(context, info));
  (void)call.write(request, blocking);  // if it fails, the status says why
  call.writes_done();
  const auto response = call.read(blocking);
  if (response) expect_zeros("FullDuplexCall", response->payload().body(), large_response_size);
  expect_ok("FullDuplexCall", call.finish(blocking));
  if (!response) throw case_failed("FullDuplexCall: OK came without a response");
  expect_echoes(info);
}

}  // namespace

void custom_metadata(case_context& context) {
  unary(context);
  full_duplex(context);
}

}  // namespace grpcwire::interop
