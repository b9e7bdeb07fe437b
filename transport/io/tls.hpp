// TLS for channels and servers: certificates, checks, and the options around them. Present when the
// library was built with GRPCWIRE_TLS.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <grpcwire/codec/result.hpp>
#include <grpcwire/transport/io/credentials.hpp>

namespace grpcwire::transport::io {

/// A certificate and its private key, as PEM texts.
struct tls_identity {
  std::string certificate_chain_pem{};  ///< the own certificate first, then the intermediate ones
  std::string private_key_pem{};
  std::string passphrase{};  ///< of the key, when it is encrypted
};

/// Says why the peer is not accepted, or nothing when it is. Called during the handshake, on the
/// executor of the connection, after the other checks; so a refusal reaches the peer as an alert.
using tls_verifier = std::function<std::optional<std::string>(const peer_certificate&)>;

/// One line in the format of SSLKEYLOGFILE, which lets Wireshark decrypt the connection. Only for
/// debugging: whoever has the lines can read everything.
using tls_key_log = std::function<void(std::string_view line)>;

enum class server_check : std::uint8_t {
  name_and_chain,  ///< issued by one of the roots, and for the name of the target
  chain_only,      ///< whatever the name: for peers that the verifier knows otherwise
  none,            ///< anybody who can do TLS. Protects against listeners, not against impostors.
};

struct tls_client_settings {
  /// Certificates of the authorities that are trusted, as one PEM text. Empty: those of the system.
  std::string roots_pem{};
  /// For servers that ask for a certificate (mutual TLS).
  std::optional<tls_identity> identity{};
  /// Instead of the host of the target, in the check and as SNI.
  std::string server_name{};
  server_check check = server_check::name_and_chain;
  tls_verifier verify{};
  /// Keeps the sessions of up to 256 servers, so that the next handshake is shorter.
  bool resume_sessions = true;
  tls_key_log key_log{};
};

enum class client_check : std::uint8_t {
  none,      ///< no certificate is asked for
  optional,  ///< checked when there is one
  required,  ///< mutual TLS
};

struct tls_server_settings {
  tls_identity identity{};
  client_check clients = client_check::none;
  /// The authorities of client certificates, as one PEM text.
  std::string client_roots_pem{};
  tls_verifier verify{};
  tls_key_log key_log{};
};

/// TLS 1.2 or newer with ALPN `h2` (RFC 9113 §9.2, RFC 7301); a peer without it is refused. The
/// error is a sentence that names what cannot be used.
codec::result<std::shared_ptr<const client_credentials>, std::string> tls_client_credentials(
    tls_client_settings settings = {});

/// Server credentials whose certificates can be changed while the server runs.
class tls_server_credentials final : public server_credentials {
 public:
  static codec::result<std::shared_ptr<tls_server_credentials>, std::string> make(
      tls_server_settings settings);
  ~tls_server_credentials() override;

  /// For connections from now on; those that exist keep what they have. Returns what is wrong with
  /// the settings, if anything; the old ones stay then. Any thread.
  std::optional<std::string> reload(tls_server_settings settings);

  std::unique_ptr<byte_stream> secure(std::unique_ptr<byte_stream> plain) const override;

 private:
  struct state;
  explicit tls_server_credentials(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

/// Reads both files; the error names the file.
codec::result<tls_identity, std::string> read_tls_identity(const std::string& certificate_file,
                                                           const std::string& key_file);
/// Reads one file, such as the certificates of the roots.
codec::result<std::string, std::string> read_pem_file(const std::string& file);

}  // namespace grpcwire::transport::io
