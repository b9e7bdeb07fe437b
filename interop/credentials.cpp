#include "credentials.hpp"

#include <stdexcept>
#include <utility>

#include <grpcwire/transport/io/tls.hpp>

namespace grpcwire::interop {
namespace {

namespace io = transport::io;

template <class Value>
Value value_of(codec::result<Value, std::string> made) {
  if (!made) throw std::runtime_error(made.error());
  return *std::move(made);
}

}  // namespace

std::shared_ptr<const channel_credentials> make_credentials(const client_tls_flags& flags) {
  if (!flags.use_tls) return nullptr;
  io::tls_client_settings settings;
  if (!flags.ca_file.empty()) settings.roots_pem = value_of(io::read_pem_file(flags.ca_file));
  if (!flags.cert_file.empty()) {
    settings.identity = value_of(io::read_tls_identity(flags.cert_file, flags.key_file));
  }
  return value_of(io::tls_client_credentials(std::move(settings)));
}

std::shared_ptr<const server_credentials> make_credentials(const server_tls_flags& flags) {
  if (!flags.use_tls) return nullptr;
  io::tls_server_settings settings;
  settings.identity = value_of(io::read_tls_identity(flags.cert_file, flags.key_file));
  if (!flags.client_ca_file.empty()) {
    settings.clients = io::client_check::required;
    settings.client_roots_pem = value_of(io::read_pem_file(flags.client_ca_file));
  }
  return value_of(io::tls_server_credentials::make(std::move(settings)));
}

}  // namespace grpcwire::interop
