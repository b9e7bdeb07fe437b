// What makes a connection secure, and what is known about its peer then. Abstract, so that all of
// the library but a few files builds without OpenSSL (GRPCWIRE_TLS=OFF).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcwire/transport/io/byte_stream.hpp>

namespace grpcwire::transport::io {

/// The certificate that the peer proved to have.
struct peer_certificate {
  std::string subject{};  ///< RFC 2253: `CN=client,O=Example`
  std::string common_name{};
  std::string issuer{};
  std::string serial_number{};              ///< hexadecimal
  std::vector<std::string> dns_names{};     ///< subject alternative names, by kind
  std::vector<std::string> ip_addresses{};  ///< as text
  std::vector<std::string> uris{};          ///< `spiffe://…` is one of them
  std::vector<std::string> emails{};
  std::string not_before{};  ///< UTC, `2026-01-31 12:00:00`
  std::string not_after{};
  std::string sha256{};            ///< fingerprint, hexadecimal
  std::vector<std::string> pem{};  ///< the chain as the peer sent it, its own certificate first
};

/// What the handshake agreed upon.
struct security_info {
  std::string protocol{};                    ///< `TLSv1.3`
  std::string cipher{};                      ///< `TLS_AES_256_GCM_SHA384`
  std::string server_name{};                 ///< the SNI that the client sent; empty for addresses
  bool resumed = false;                      ///< a session of an earlier connection went on
  bool peer_verified = false;                ///< the chain, and on clients the name, were checked
  std::unique_ptr<peer_certificate> peer{};  ///< null: the peer showed none
};

/// What a channel protects its connections with. Any thread. Shared by any number of channels.
class client_credentials {
 public:
  virtual ~client_credentials() = default;
  /// A stream that does its handshake by itself before the first byte goes through. `name` is the
  /// host of the target, which the peer has to prove to be.
  virtual std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain,
                                              const std::string& name) const = 0;
};

/// What a server protects its connections with. Any thread.
class server_credentials {
 public:
  virtual ~server_credentials() = default;
  virtual std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain) const = 0;
};

}  // namespace grpcwire::transport::io
