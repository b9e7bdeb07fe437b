// Calls that end with a status other than OK.
#include "cases.hpp"

namespace stock {
namespace {

using grpc::StatusCode;
using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

void unary_with_status(const case_context& context, const std::string& message) {
  client_context call;
  SimpleRequest request;
  SimpleResponse response;
  request.mutable_response_status()->set_code(StatusCode::UNKNOWN);
  request.mutable_response_status()->set_message(message);
  const grpc::Status status = context.stub()->UnaryCall(&call, request, &response);
  expect_status("UnaryCall", status, StatusCode::UNKNOWN);
  expect_message("UnaryCall", status, message);
}

void status_code_and_message(const case_context& context) {
  const std::string message = "test status message";
  unary_with_status(context, message);

  client_context call;
  StreamingOutputCallRequest request;
  request.mutable_response_status()->set_code(StatusCode::UNKNOWN);
  request.mutable_response_status()->set_message(message);
  const auto stream = context.stub()->FullDuplexCall(&call);
  stream->Write(request);
  stream->WritesDone();
  StreamingOutputCallResponse response;
  expect_true("no response comes", !stream->Read(&response));
  const grpc::Status status = stream->Finish();
  expect_status("FullDuplexCall", status, StatusCode::UNKNOWN);
  expect_message("FullDuplexCall", status, message);
}

void special_status_message(const case_context& context) {
  unary_with_status(context,
                    "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP "
                    "\U0001f608\t\n");
}

void unimplemented_method(const case_context& context) {
  client_context call;
  Empty response;
  expect_status("UnimplementedCall", context.stub()->UnimplementedCall(&call, Empty(), &response),
                StatusCode::UNIMPLEMENTED);
}

void unimplemented_service(const case_context& context) {
  client_context call;
  Empty response;
  const auto stub = grpc::testing::UnimplementedService::NewStub(context.channel);
  expect_status("UnimplementedCall", stub->UnimplementedCall(&call, Empty(), &response),
                StatusCode::UNIMPLEMENTED);
}

void cancel_after_begin(const case_context& context) {
  client_context call;
  StreamingInputCallResponse response;
  const auto writer = context.stub()->StreamingInputCall(&call, &response);
  call.TryCancel();
  expect_status("StreamingInputCall", writer->Finish(), StatusCode::CANCELLED);
}

void cancel_after_first_response(const case_context& context) {
  client_context call;
  const auto stream = context.stub()->FullDuplexCall(&call);
  stream->Write(ball(27'182, 31'415));
  StreamingOutputCallResponse response;
  expect_true("a response comes", stream->Read(&response));
  expect_zeros("response", response.payload().body(), 31'415);
  call.TryCancel();
  expect_status("FullDuplexCall", stream->Finish(), StatusCode::CANCELLED);
}

void timeout_on_sleeping_server(const case_context& context) {
  client_context call(std::chrono::milliseconds(1));
  const auto stream = context.stub()->FullDuplexCall(&call);
  StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(zeros(27'182));
  stream->Write(request);  // may be too late already
  expect_status("FullDuplexCall", stream->Finish(), StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace

void add_ending_cases(case_table& to) {
  to["status_code_and_message"] = status_code_and_message;
  to["special_status_message"] = special_status_message;
  to["unimplemented_method"] = unimplemented_method;
  to["unimplemented_service"] = unimplemented_service;
  to["cancel_after_begin"] = cancel_after_begin;
  to["cancel_after_first_response"] = cancel_after_first_response;
  to["timeout_on_sleeping_server"] = timeout_on_sleeping_server;
}

}  // namespace stock
