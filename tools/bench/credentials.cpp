#include "credentials.hpp"

#include <stdexcept>
#include <utility>

#include <grpcwire/transport/io/tls.hpp>

namespace bench {

namespace io = grpcwire::transport::io;

std::shared_ptr<const grpcwire::channel_credentials> client_credentials(
    const std::string& ca_file) {
  io::tls_client_settings settings;
  if (!ca_file.empty()) {
    auto roots = io::read_pem_file(ca_file);
    if (!roots) throw std::runtime_error(roots.error());
    settings.roots_pem = std::move(*roots);
  }
  auto made = io::tls_client_credentials(std::move(settings));
  if (!made) throw std::runtime_error(made.error());
  return *made;
}

std::shared_ptr<const grpcwire::server_credentials> server_credentials(
    const std::string& certificate_file, const std::string& key_file) {
  auto identity = io::read_tls_identity(certificate_file, key_file);
  if (!identity) throw std::runtime_error(identity.error());
  io::tls_server_settings settings;
  settings.identity = std::move(*identity);
  auto made = io::tls_server_credentials::make(std::move(settings));
  if (!made) throw std::runtime_error(made.error());
  return *made;
}

}  // namespace bench
