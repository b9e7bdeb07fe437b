// In place of credentials.cpp when the library is built without TLS.
#include <stdexcept>

#include "credentials.hpp"

namespace bench {

std::shared_ptr<const grpcwire::channel_credentials> client_credentials(const std::string&) {
  throw std::runtime_error("--tls: this grpcwire was built without TLS (GRPCWIRE_TLS=OFF)");
}

std::shared_ptr<const grpcwire::server_credentials> server_credentials(const std::string&,
                                                                       const std::string&) {
  throw std::runtime_error("--tls: this grpcwire was built without TLS (GRPCWIRE_TLS=OFF)");
}

}  // namespace bench
