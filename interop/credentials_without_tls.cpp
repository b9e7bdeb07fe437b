// In place of credentials.cpp in builds without TLS.
#include <stdexcept>

#include "credentials.hpp"

namespace grpcwire::interop {
namespace {
void refuse(bool use_tls) {
  if (use_tls) throw std::runtime_error("--use_tls: this build has no TLS (GRPCWIRE_TLS=OFF)");
}
}  // namespace

std::shared_ptr<const channel_credentials> make_credentials(const client_tls_flags& flags) {
  refuse(flags.use_tls);
  return nullptr;
}

std::shared_ptr<const server_credentials> make_credentials(const server_tls_flags& flags) {
  refuse(flags.use_tls);
  return nullptr;
}

}  // namespace grpcwire::interop
