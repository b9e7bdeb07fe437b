// Compressed messages, one direction at a time. A server that does not look at expect_compressed
// fails the cases of the client direction: they begin with a call that has to be refused.
#include <cstddef>
#include <random>
#include <vector>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using ::grpc::testing::SimpleRequest;
using ::grpc::testing::StreamingInputCallRequest;
using ::grpc::testing::StreamingOutputCallRequest;

call_options with_gzip(const case_context& context) {
  call_options options = context.options();
  options.compression = codec::encoding::gzip;
  return options;
}

SimpleRequest request_expecting(bool compressed) {
  SimpleRequest request = large_request();
  request.mutable_expect_compressed()->set_value(compressed);
  return request;
}

SimpleRequest request_for_response(bool compressed) {
  SimpleRequest request = large_request();
  request.mutable_response_compressed()->set_value(compressed);
  return request;
}

StreamingInputCallRequest input_expecting(bool compressed, ::grpc::testing::Payload payload) {
  StreamingInputCallRequest request;
  request.mutable_expect_compressed()->set_value(compressed);
  *request.mutable_payload() = std::move(payload);
  return request;
}

/// Bytes that gzip makes longer: such a message goes as it is, also in a call with compression.
::grpc::testing::Payload noise(std::size_t size) {
  std::minstd_rand random;
  std::string body(size, '\0');
  for (char& c : body) c = static_cast<char>(random() >> 8);
  ::grpc::testing::Payload payload;
  payload.set_body(std::move(body));
  return payload;
}

void expect_flags(message_flags& received, const std::vector<bool>& expected) {
  const auto text = [](const std::vector<bool>& flags) {
    std::string out;
    for (const bool flag : flags) out.append(out.empty() ? "" : " ").append(flag ? "1" : "0");
    return out.empty() ? "none" : out;
  };
  expect_equal("compressed flags of the responses", text(received.take()), text(expected));
}

}  // namespace

void client_compressed_unary(case_context& context) {
  const auto call = [&](const char* what, bool expected, call_options options, status_code code) {
    const auto [status, reply] =
        context.stub.UnaryCall(request_expecting(expected), std::move(options), blocking);
    expect_code(what, status, code);
    if (status.ok()) expect_zeros(what, reply.payload().body(), large_response_size);
  };
  call("the probe: a plain request that is expected to be compressed", true, context.options(),
       status_code::invalid_argument);
  call("a compressed request", true, with_gzip(context), status_code::ok);
  call("a plain request", false, context.options(), status_code::ok);
}

void server_compressed_unary(case_context& context) {
  for (const bool compressed : {true, false}) {
    const auto [status, reply] =
        context.stub.UnaryCall(request_for_response(compressed), context.options(), blocking);
    expect_ok("UnaryCall", status);
    expect_zeros("UnaryCall", reply.payload().body(), large_response_size);
    expect_flags(*context.received, {compressed});
  }
}

void client_compressed_streaming(case_context& context) {
  auto probe = context.stub.StreamingInputCall(context.options());
  (void)probe.write(input_expecting(true, zeros(27'182)), blocking);
  probe.writes_done();
  expect_code("the probe: a plain request that is expected to be compressed",
              probe.finish(blocking), status_code::invalid_argument);

  auto call = context.stub.StreamingInputCall(with_gzip(context));
  (void)call.write(input_expecting(true, zeros(27'182)), blocking);  // the status says why not
  (void)call.write(input_expecting(false, noise(45'904)), blocking);
  call.writes_done();
  const auto response = call.read(blocking);
  expect_ok("StreamingInputCall", call.finish(blocking));
  if (!response) throw case_failed("StreamingInputCall: OK came without a response");
  expect_equal("aggregated_payload_size", response->aggregated_payload_size(), 73'086);
}

void server_compressed_streaming(case_context& context) {
  StreamingOutputCallRequest request;
  for (const auto& [compressed, size] : {std::pair{true, 31'415}, std::pair{false, 92'653}}) {
    auto* parameters = request.add_response_parameters();
    parameters->mutable_compressed()->set_value(compressed);
    parameters->set_size(size);
  }
  auto call = context.stub.StreamingOutputCall(request, context.options());
  std::vector<std::string> bodies;
  while (const auto response = call.read(blocking)) bodies.push_back(response->payload().body());
  expect_ok("StreamingOutputCall", call.finish(blocking));
  expect_equal("number of responses", bodies.size(), 2U);
  expect_zeros("response 1", bodies[0], 31'415);
  expect_zeros("response 2", bodies[1], 92'653);
  expect_flags(*context.received, {true, false});
}

}  // namespace grpcwire::interop
