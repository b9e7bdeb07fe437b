// Calls that end with a status other than OK, on purpose.
#include <string_view>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using ::grpc::testing::Empty;

constexpr std::string_view plain_message = "test status message";
constexpr std::string_view special_message =
    "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n";

template <class Request>
Request asking_for_unknown(std::string_view message) {
  Request request;
  request.mutable_response_status()->set_code(static_cast<int>(status_code::unknown));
  request.mutable_response_status()->set_message(std::string(message));
  return request;
}

void unary(case_context& context, std::string_view message) {
  const auto request = asking_for_unknown<::grpc::testing::SimpleRequest>(message);
  const auto [status, reply] = context.stub.UnaryCall(request, context.options(), blocking);
  expect_status("UnaryCall", status, status_code::unknown, message);
}

}  // namespace

void status_code_and_message(case_context& context) {
  unary(context, plain_message);

  using ::grpc::testing::StreamingOutputCallRequest;
  auto call = context.stub.FullDuplexCall(context.options());
  (void)call.write(asking_for_unknown<StreamingOutputCallRequest>(plain_message), blocking);
  call.writes_done();
  if (call.read(blocking)) throw case_failed("FullDuplexCall: a response came before the status");
  expect_status("FullDuplexCall", call.finish(blocking), status_code::unknown, plain_message);
}

void special_status_message(case_context& context) {
  unary(context, special_message);
}

void unimplemented_method(case_context& context) {
  const auto [status, reply] = context.stub.UnimplementedCall(Empty(), context.options(), blocking);
  expect_code("TestService/UnimplementedCall", status, status_code::unimplemented);
}

void unimplemented_service(case_context& context) {
  ::grpc::testing::UnimplementedService::stub stub{context.channel};
  const auto [status, reply] = stub.UnimplementedCall(Empty(), context.options(), blocking);
  expect_code("UnimplementedService/UnimplementedCall", status, status_code::unimplemented);
}

}  // namespace grpcwire::interop
