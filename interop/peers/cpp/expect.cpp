// What the cases are made of: requests, and assertions that say what came.
#include <algorithm>

#include "cases.hpp"
#include "credentials.hpp"

namespace stock {

std::shared_ptr<grpc::Channel> case_context::new_channel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a channel means a connection
  if (!flags.server_host_override.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, flags.server_host_override);
    if (flags.tls.use_tls) arguments.SetSslTargetNameOverride(flags.server_host_override);
  }
  return grpc::CreateCustomChannel(flags.server_host + ":" + std::to_string(flags.server_port),
                                   make_credentials(flags.tls), arguments);
}

void expect_status(const std::string& what, const grpc::Status& came, grpc::StatusCode code) {
  if (came.error_code() == code) return;
  throw case_failed(what + ": expected status " + std::to_string(code) + ", but " +
                    std::to_string(came.error_code()) + " came: " + came.error_message());
}

void expect_message(const std::string& what, const grpc::Status& came, const std::string& message) {
  if (came.error_message() == message) return;
  throw case_failed(what + ": expected the message \"" + message + "\", but \"" +
                    came.error_message() + "\" came");
}

void expect_ok(const std::string& what, const grpc::Status& came) {
  expect_status(what, came, grpc::StatusCode::OK);
}

void expect_true(const std::string& what, bool holds) {
  if (!holds) throw case_failed("this does not hold: " + what);
}

void expect_number(const std::string& what, long long came, long long expected) {
  if (came == expected) return;
  throw case_failed(what + ": expected " + std::to_string(expected) + ", but " +
                    std::to_string(came) + " came");
}

void expect_zeros(const std::string& what, const std::string& body, std::size_t size) {
  expect_number(what + ", bytes", static_cast<long long>(body.size()),
                static_cast<long long>(size));
  expect_true(what + " is all zeros",
              std::all_of(body.begin(), body.end(), [](char c) { return c == 0; }));
}

grpc::testing::SimpleRequest large_request() {
  grpc::testing::SimpleRequest request;
  request.set_response_size(static_cast<int>(large_response_size));
  request.mutable_payload()->set_body(zeros(271'828));
  return request;
}

void large_unary_on(grpc::testing::TestService::Stub& stub) {
  client_context call;
  grpc::testing::SimpleResponse response;
  expect_ok("UnaryCall", stub.UnaryCall(&call, large_request(), &response));
  expect_zeros("UnaryCall", response.payload().body(), large_response_size);
}

grpc::testing::StreamingOutputCallRequest ball(std::size_t request_size, int response_size) {
  grpc::testing::StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(response_size);
  request.mutable_payload()->set_body(zeros(request_size));
  return request;
}

}  // namespace stock
