// Compressed messages, one direction at a time.
#include "cases.hpp"
#include "message_flags.hpp"

namespace stock {
namespace {

using grpc::StatusCode;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;

void client_compressed_unary(const case_context& context) {
  const auto call = [&](bool compressed, bool expected, StatusCode code) {
    client_context call_context;
    if (compressed) call_context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    SimpleRequest request = large_request();
    request.mutable_expect_compressed()->set_value(expected);
    SimpleResponse response;
    const auto status = context.stub()->UnaryCall(&call_context, request, &response);
    expect_status("UnaryCall", status, code);
    if (status.ok()) expect_zeros("UnaryCall", response.payload().body(), large_response_size);
  };
  call(false, true, StatusCode::INVALID_ARGUMENT);
  call(true, true, StatusCode::OK);
  call(false, false, StatusCode::OK);
}

StreamingInputCallRequest input(bool expect_compressed, std::size_t size) {
  StreamingInputCallRequest request;
  request.mutable_expect_compressed()->set_value(expect_compressed);
  request.mutable_payload()->set_body(zeros(size));
  return request;
}

void client_compressed_streaming(const case_context& context) {
  grpc::WriteOptions plain;
  plain.set_no_compression();
  {
    client_context call;
    StreamingInputCallResponse response;
    const auto probe = context.stub()->StreamingInputCall(&call, &response);
    probe->Write(input(true, 27'182), plain);
    probe->WritesDone();
    expect_status("the probe", probe->Finish(), StatusCode::INVALID_ARGUMENT);
  }
  client_context call;
  call.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  StreamingInputCallResponse response;
  const auto writer = context.stub()->StreamingInputCall(&call, &response);
  writer->Write(input(true, 27'182));
  writer->Write(input(false, 45'904), plain);
  writer->WritesDone();
  expect_ok("StreamingInputCall", writer->Finish());
  expect_number("aggregated_payload_size", response.aggregated_payload_size(), 73'086);
}

void server_compressed_unary(const case_context& context) {
  for (const bool compressed : {true, false}) {
    client_context call;
    SimpleRequest request = large_request();
    request.mutable_response_compressed()->set_value(compressed);
    SimpleResponse response;
    expect_ok("UnaryCall", context.stub()->UnaryCall(&call, request, &response));
    expect_zeros("UnaryCall", response.payload().body(), large_response_size);
    expect_true("the response is compressed if that was asked for",
                was_compressed(call.c_call()) == compressed);
  }
}

void server_compressed_streaming(const case_context& context) {
  grpc::testing::StreamingOutputCallRequest request;
  for (const auto& [compressed, size] : {std::pair{true, 31'415}, std::pair{false, 92'653}}) {
    auto* wish = request.add_response_parameters();
    wish->mutable_compressed()->set_value(compressed);
    wish->set_size(size);
  }
  client_context call;
  const auto reader = context.stub()->StreamingOutputCall(&call, request);
  grpc::testing::StreamingOutputCallResponse response;
  for (const auto& wish : request.response_parameters()) {
    expect_true("a response comes", reader->Read(&response));
    expect_zeros("response", response.payload().body(), static_cast<std::size_t>(wish.size()));
    expect_true("the response is compressed if that was asked for",
                was_compressed(call.c_call()) == wish.compressed().value());
  }
  expect_true("no more responses come", !reader->Read(&response));
  expect_ok("StreamingOutputCall", reader->Finish());
}

}  // namespace

void add_compression_cases(case_table& to) {
  to["client_compressed_unary"] = client_compressed_unary;
  to["client_compressed_streaming"] = client_compressed_streaming;
  to["server_compressed_unary"] = server_compressed_unary;
  to["server_compressed_streaming"] = server_compressed_streaming;
}

}  // namespace stock
