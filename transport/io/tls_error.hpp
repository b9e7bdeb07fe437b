// Why TLS failed, in words that say what to do. Knows no OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace grpcwire::transport::io {

enum class tls_errc : std::uint8_t {
  wrong_name = 1,       ///< the certificate is for other names
  expired,              ///< … or is not valid any more
  not_yet_valid,        ///< … or not valid yet
  unknown_authority,    ///< … or issued by nobody that is trusted
  bad_certificate,      ///< … or not acceptable for another reason
  refused_by_verifier,  ///< this program's own check said no
  no_certificate,       ///< a client showed none, and one is required
  no_alpn,              ///< the peer does not offer HTTP/2 (ALPN `h2`)
  peer_without_tls,     ///< the first bytes are no TLS record
  closed_in_handshake,  ///< the peer hung up
  closed_at_once,       ///< … after the handshake, before it said anything else
  protocol_error,       ///< what the peer sent is no legal TLS
};
const std::error_category& tls_category() noexcept;
inline std::error_code make_error_code(tls_errc e) noexcept {
  return {static_cast<int>(e), tls_category()};
}

/// Alerts that the peer sent, by number (RFC 8446 §6).
const std::error_category& tls_alert_category() noexcept;
std::string_view alert_name(int alert) noexcept;

/// A connection's failure with its story.
struct tls_failure {
  std::error_code code{};
  std::string text{};
  std::string advice{};  ///< what to change; may be empty
};

/// What an alert of the peer means for this side: `on_client` when the peer is a server.
tls_failure alert_failure(int alert, bool on_client);

}  // namespace grpcwire::transport::io

template <>
struct std::is_error_code_enum<grpcwire::transport::io::tls_errc> : std::true_type {};
