// Who is calling: by certificate, and by what call credentials send.
#include <map>

#include "cases.hpp"

namespace stock {
namespace {

using grpc::testing::SimpleResponse;

struct asked_for {
  std::string service_url;
  std::string method;
};

/// Metadata that every test server sends back.
class echoed_credentials final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit echoed_credentials(std::shared_ptr<asked_for> asked) : asked_(std::move(asked)) {}

  grpc::Status GetMetadata(grpc::string_ref service_url, grpc::string_ref method_name,
                           const grpc::AuthContext&,
                           std::multimap<std::string, std::string>* metadata) override {
    asked_->service_url.assign(service_url.data(), service_url.size());
    asked_->method.assign(method_name.data(), method_name.size());
    metadata->emplace("x-grpc-test-echo-initial", "from_call_credentials");
    return grpc::Status::OK;
  }

 private:
  std::shared_ptr<asked_for> asked_;  // written before the call completes
};

void call_credentials(const case_context& context) {
  const auto asked = std::make_shared<asked_for>();
  client_context call;
  call.set_credentials(
      grpc::MetadataCredentialsFromPlugin(std::make_unique<echoed_credentials>(asked)));
  SimpleResponse response;
  expect_ok("UnaryCall", context.stub()->UnaryCall(&call, large_request(), &response));
  const auto& initial = call.GetServerInitialMetadata();
  const auto echo = initial.find("x-grpc-test-echo-initial");
  expect_true(
      "the credentials' metadata comes back",
      initial.count("x-grpc-test-echo-initial") == 1 && echo->second == "from_call_credentials");
  if (!context.flags.server_host_override.empty()) {
    expect_true("the service URL is that of the service: " + asked->service_url,
                asked->service_url ==
                    "https://" + context.flags.server_host_override + "/grpc.testing.TestService");
  }
  expect_true("the method is UnaryCall: " + asked->method, asked->method == "UnaryCall");
}

void client_certificate(const case_context& context) {
  client_context call;
  grpc::testing::SimpleRequest request;
  request.set_fill_username(true);
  SimpleResponse response;
  expect_ok("UnaryCall", context.stub()->UnaryCall(&call, request, &response));
  expect_true("the username is that of the certificate: " + response.username(),
              response.username() == "interop-client");
}

}  // namespace

void add_security_cases(case_table& to, const client_flags& flags) {
  if (flags.tls.use_tls) to["call_credentials"] = call_credentials;
  if (!flags.tls.cert_file.empty()) to["client_certificate"] = client_certificate;
}

}  // namespace stock
