// Streams that are used the way they are meant to be.
#include <array>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using ::grpc::testing::StreamingInputCallRequest;
using ::grpc::testing::StreamingInputCallResponse;
using ::grpc::testing::StreamingOutputCallRequest;
using ::grpc::testing::StreamingOutputCallResponse;

struct ball {
  int request_size;
  int response_size;
};
constexpr std::array balls{ball{27'182, 31'415}, ball{8, 9}, ball{1'828, 2'653},
                           ball{45'904, 58'979}};

StreamingOutputCallRequest throw_ball(const ball& b) {
  StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(b.response_size);
  *request.mutable_payload() = zeros(b.request_size);
  return request;
}

template <class Call>
void expect_response(Call& call, int number, int size) {
  const auto what = "response " + std::to_string(number);
  const auto response = call.read(blocking);
  if (!response) {
    throw case_failed(what + " of " + std::to_string(size) +
                      " bytes was expected, but this came: " + describe(call.finish(blocking)));
  }
  expect_zeros(what, response->payload().body(), static_cast<std::size_t>(size));
}

template <class Call>
void expect_end(Call& call) {
  if (call.read(blocking)) throw case_failed("there is a response more than were asked for");
  expect_ok("the call", call.finish(blocking));
}

}  // namespace

void client_streaming(case_context& context) {
  auto call = context.stub.StreamingInputCall(context.options());
  for (const ball& b : balls) {
    StreamingInputCallRequest request;
    *request.mutable_payload() = zeros(b.request_size);
    if (!call.write(request, blocking)) break;  // the status says why
  }
  call.writes_done();
  const auto response = call.read(blocking);
  expect_ok("StreamingInputCall", call.finish(blocking));
  if (!response) throw case_failed("StreamingInputCall: OK came without a response");
  expect_equal("aggregated_payload_size", response->aggregated_payload_size(), 74'922);
}

void server_streaming(case_context& context) {
  StreamingOutputCallRequest request;
  for (const ball& b : balls) request.add_response_parameters()->set_size(b.response_size);
  auto call = context.stub.StreamingOutputCall(request, context.options());
  int number = 0;
  for (const ball& b : balls) expect_response(call, ++number, b.response_size);
  expect_end(call);
}

void ping_pong(case_context& context) {
  auto call = context.stub.FullDuplexCall(context.options());
  int number = 0;
  for (const ball& b : balls) {
    if (!call.write(throw_ball(b), blocking)) break;
    expect_response(call, ++number, b.response_size);
  }
  call.writes_done();
  expect_end(call);
  expect_equal("number of responses", number, static_cast<int>(balls.size()));
}

void half_duplex(case_context& context) {
  auto call = context.stub.HalfDuplexCall(context.options());
  for (const ball& b : balls) {
    if (!call.write(throw_ball(b), blocking)) break;
  }
  call.writes_done();
  int number = 0;
  for (const ball& b : balls) expect_response(call, ++number, b.response_size);
  expect_end(call);
}

void empty_stream(case_context& context) {
  auto call = context.stub.FullDuplexCall(context.options());
  call.writes_done();
  expect_end(call);
}

}  // namespace grpcwire::interop
