// The test cases of interop_client on stock gRPC C++.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "../../tls_flags.hpp"
#include "grpc/testing/test.grpc.pb.h"

namespace stock {

struct client_flags {
  std::string server_host = "localhost";
  int server_port = 10'000;
  std::string server_host_override;
  std::string test_case = "large_unary";
  grpcwire::interop::client_tls_flags tls;
  int soak_iterations = 10;
  int soak_per_iteration_max_acceptable_latency_ms = 1000;
  int iteration_interval = 10;  // seconds
};

class case_failed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct case_context {
  explicit case_context(const client_flags& f) : flags(f), channel(new_channel()) {}

  std::shared_ptr<grpc::Channel> new_channel() const;
  std::unique_ptr<grpc::testing::TestService::Stub> stub() const {
    return grpc::testing::TestService::NewStub(channel);
  }

  const client_flags& flags;
  std::shared_ptr<grpc::Channel> channel;
};

/// With a deadline, so that a case fails instead of hanging.
class client_context : public grpc::ClientContext {
 public:
  explicit client_context(std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    set_deadline(std::chrono::system_clock::now() + timeout);
  }
};

using case_table = std::map<std::string, void (*)(const case_context&)>;

void add_plain_cases(case_table& to);        // plain_cases.cpp
void add_ending_cases(case_table& to);       // ending_cases.cpp
void add_compression_cases(case_table& to);  // compression_cases.cpp
/// Not among `all`.
void add_slow_cases(case_table& to);  // slow_cases.cpp
/// Those that have something to test with these flags.
void add_security_cases(case_table& to, const client_flags& flags);  // security_cases.cpp

// expect.cpp
void expect_status(const std::string& what, const grpc::Status& came, grpc::StatusCode code);
void expect_message(const std::string& what, const grpc::Status& came, const std::string& message);
void expect_ok(const std::string& what, const grpc::Status& came);
void expect_true(const std::string& what, bool holds);
void expect_number(const std::string& what, long long came, long long expected);
void expect_zeros(const std::string& what, const std::string& body, std::size_t size);

inline std::string zeros(std::size_t size) {
  return std::string(size, '\0');
}
grpc::testing::SimpleRequest large_request();
void large_unary_on(grpc::testing::TestService::Stub& stub);
/// A request for one response.
grpc::testing::StreamingOutputCallRequest ball(std::size_t request_size, int response_size);
inline constexpr std::size_t large_response_size = 314'159;

}  // namespace stock
