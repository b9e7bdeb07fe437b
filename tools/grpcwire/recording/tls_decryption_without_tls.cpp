// In place of tls_decryption.cpp in builds without TLS.
#include "tls_decryption.hpp"

namespace grpcwire::tools {

recording decrypted(const recording& r, std::string_view) {
  return r;
}

}  // namespace grpcwire::tools
