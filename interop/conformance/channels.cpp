#include "channels.hpp"

#include <stdexcept>
#include <utility>

#include <grpcwire/transport/io/tls.hpp>

namespace grpcwire::conformance {
namespace {

std::shared_ptr<const channel_credentials> credentials_of(const suite::ClientCompatRequest& wish) {
  if (wish.server_tls_cert().empty()) return nullptr;
  transport::io::tls_client_settings settings;
  settings.roots_pem = wish.server_tls_cert();
  if (wish.has_client_tls_creds()) {
    settings.identity = transport::io::tls_identity{
        .certificate_chain_pem = wish.client_tls_creds().cert(),
        .private_key_pem = wish.client_tls_creds().key(),
    };
  }
  auto made = transport::io::tls_client_credentials(std::move(settings));
  if (!made) throw std::runtime_error(made.error());
  return *std::move(made);
}

std::string target_of(const suite::ClientCompatRequest& wish) {
  const bool ipv6 = wish.host().find(':') != std::string::npos;
  const std::string host = ipv6 ? "[" + wish.host() + "]" : wish.host();
  return host + ":" + std::to_string(wish.port());
}

}  // namespace

channel& channel_pool::to(const suite::ClientCompatRequest& wish) {
  const std::string target = target_of(wish);
  const std::string key =
      target + "\n" + wish.server_tls_cert() + "\n" + wish.client_tls_creds().cert();
  const auto found = channels_.find(key);
  if (found != channels_.end()) return found->second;
  channel_options options{.threads = threading::one};
  options.credentials = credentials_of(wish);
  return channels_.try_emplace(key, executor_, target, std::move(options)).first->second;
}

}  // namespace grpcwire::conformance
