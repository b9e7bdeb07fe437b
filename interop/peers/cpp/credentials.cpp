#include "credentials.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace stock {
namespace {

std::string read_file(const std::string& name) {
  if (name.empty()) return {};
  std::ifstream file(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error("cannot read " + name);
  return text;
}

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> make_credentials(const client_tls_flags& flags) {
  if (!flags.use_tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = read_file(flags.ca_file);
  options.pem_cert_chain = read_file(flags.cert_file);
  options.pem_private_key = read_file(flags.key_file);
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> make_credentials(const server_tls_flags& flags) {
  if (!flags.use_tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options(
      flags.client_ca_file.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                   : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = read_file(flags.client_ca_file);
  options.pem_key_cert_pairs.push_back({read_file(flags.key_file), read_file(flags.cert_file)});
  return grpc::SslServerCredentials(options);
}

}  // namespace stock
