// One request, one response.
#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {

using ::grpc::testing::Empty;
using ::grpc::testing::SimpleRequest;

void empty_unary(case_context& context) {
  const auto [status, reply] = context.stub.EmptyCall(Empty(), context.options(), blocking);
  expect_ok("EmptyCall", status);
  expect_equal("bytes of the response", reply.ByteSizeLong(), 0U);
}

void large_unary(case_context& context) {
  const auto [status, reply] = context.stub.UnaryCall(large_request(), context.options(), blocking);
  expect_ok("UnaryCall", status);
  expect_zeros("UnaryCall", reply.payload().body(), large_response_size);
}

/// All calls of a channel with the pick_first policy, which is the only one here, reach one server.
void pick_first_unary(case_context& context) {
  SimpleRequest request;
  request.set_response_size(1);
  *request.mutable_payload() = zeros(1);
  request.set_fill_server_id(true);
  std::string first;
  for (int n = 0; n < 100; ++n) {
    const auto [status, reply] = context.stub.UnaryCall(request, context.options(), blocking);
    expect_ok("UnaryCall", status);
    if (reply.server_id().empty()) throw case_failed("UnaryCall: the server_id is empty");
    if (n == 0) first = reply.server_id();
    expect_equal("server_id of call " + std::to_string(n), reply.server_id(), first);
  }
}

}  // namespace grpcwire::interop
