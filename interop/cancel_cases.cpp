// Calls that are given up before they are over.
#include <chrono>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {

using ::grpc::testing::StreamingOutputCallRequest;

void cancel_after_begin(case_context& context) {
  auto call = context.stub.StreamingInputCall(context.options());
  call.cancel();
  expect_code("StreamingInputCall", call.finish(blocking), status_code::cancelled);
}

void cancel_after_first_response(case_context& context) {
  StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(31'415);
  *request.mutable_payload() = zeros(27'182);
  auto call = context.stub.FullDuplexCall(context.options());
  (void)call.write(request, blocking);  // if it fails, the status says why
  const auto response = call.read(blocking);
  if (!response) {
    throw case_failed("FullDuplexCall: a response was expected, but this came: " +
                      describe(call.finish(blocking)));
  }
  expect_zeros("FullDuplexCall", response->payload().body(), 31'415);
  call.cancel();
  expect_code("FullDuplexCall", call.finish(blocking), status_code::cancelled);
}

void timeout_on_sleeping_server(case_context& context) {
  StreamingOutputCallRequest request;
  *request.mutable_payload() = zeros(27'182);
  call_options options = context.options();
  options.deadline = std::chrono::milliseconds(1);
  auto call = context.stub.FullDuplexCall(std::move(options));
  (void)call.write(request, blocking);  // may be too late already
  expect_code("FullDuplexCall", call.finish(blocking), status_code::deadline_exceeded);
}

}  // namespace grpcwire::interop
