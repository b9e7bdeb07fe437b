// Who is calling: by certificate, and by what call credentials send. Cases of our own, because the
// official ones about identity need Google's cloud.
#include <string>
#include <string_view>

#include "case_context.hpp"
#include "expect.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

constexpr std::string_view service = "/grpc.testing.TestService";
constexpr std::string_view echoed_name = "x-grpc-test-echo-initial";
constexpr std::string_view echoed_value = "from_call_credentials";
constexpr std::string_view client_name = "interop-client";  // in interop/certificates/make

/// Metadata that every test server sends back.
class echoed_credentials final : public grpcwire::call_credentials {
 public:
  void get(const credentials_request& request, handler done) override {
    asked_for = request;
    metadata fields;
    fields.add(echoed_name, echoed_value);
    done(std::move(fields));
  }

  credentials_request asked_for;  // on the channel's executor, before the call completes
};

}  // namespace

void call_credentials(case_context& context) {
  echoed_credentials credentials;
  call_info info;
  call_options options = context.options();
  options.credentials = &credentials;
  options.info = &info;
  const auto [status, reply] = context.stub.UnaryCall(large_request(), options, blocking);
  expect_ok("UnaryCall", status);
  expect_single("initial metadata", info.initial_metadata, echoed_name, echoed_value);
  const std::string& named = context.flags.server_host_override;
  const std::string host = named.empty() ? context.flags.target() : named;
  expect_equal("service URL", credentials.asked_for.service_url,
               "https://" + host + std::string(service));
  expect_equal("method", credentials.asked_for.method, std::string(service) + "/UnaryCall");
}

void client_certificate(case_context& context) {
  ::grpc::testing::SimpleRequest request;
  request.set_fill_username(true);
  const auto [status, reply] = context.stub.UnaryCall(request, context.options(), blocking);
  expect_ok("UnaryCall", status);
  expect_equal("username", reply.username(), client_name);
}

}  // namespace grpcwire::interop
