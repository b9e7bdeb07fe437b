// A certificate authority for tests: issues what a test needs, right or wrong, in memory.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <grpcwire/transport/io/tls.hpp>

namespace grpcwire::tests {

struct certificate_wish {
  std::string common_name = "server";
  /// As OpenSSL writes them: `DNS:localhost`, `IP:127.0.0.1`, `URI:spiffe://a/b`.
  std::vector<std::string> names{"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
  /// From now; negative: in the past.
  std::chrono::hours begins{-1};
  std::chrono::hours ends{24};
};

class test_ca {
 public:
  explicit test_ca(const std::string& common_name = "grpcwire test CA");
  test_ca(const test_ca&) = delete;
  test_ca& operator=(const test_ca&) = delete;
  ~test_ca();

  const std::string& root_pem() const noexcept { return root_pem_; }
  transport::io::tls_identity issue(const certificate_wish& wish = {}) const;

 private:
  struct material;
  std::unique_ptr<material> material_;
  std::string root_pem_;
};

}  // namespace grpcwire::tests
