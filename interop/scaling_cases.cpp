// More connections to a server that takes few calls on each (gRPC A105).
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using ::grpc::testing::StreamingOutputCallRequest;
using ::grpc::testing::StreamingOutputCallResponse;
using stream = grpcwire::call<StreamingOutputCallRequest, StreamingOutputCallResponse>;

/// From where the server sees this call come.
std::string own_address(stream& call) {
  StreamingOutputCallRequest request;
  auto* const wish = request.add_response_parameters();
  wish->set_size(1);
  wish->mutable_fill_peer_socket_address()->set_value(true);
  (void)call.write(request, blocking);  // if it fails, the status says why
  const auto response = call.read(blocking);
  if (!response) {
    throw case_failed("FullDuplexCall: a response was expected, but this came: " +
                      describe(call.finish(blocking)));
  }
  if (response->peer_socket_address().empty()) {
    throw case_failed("the server did not fill in peer_socket_address");
  }
  return response->peer_socket_address();
}

}  // namespace

void max_concurrent_streams_connection_scaling(case_context& context) {
  std::vector<stream> calls;
  std::array<std::string, 3> from;
  for (std::string& address : from) {
    calls.push_back(context.stub.FullDuplexCall(context.options()));
    address = own_address(calls.back());
  }
  expect_equal("address of the second call", from[1], from[0]);
  if (from[2] == from[0]) {
    throw case_failed("the third call came from " + from[2] +
                      ", too, but another connection was expected");
  }
  for (stream& call : calls) {
    call.writes_done();
    expect_ok("FullDuplexCall", call.finish(blocking));
  }
}

}  // namespace grpcwire::interop
