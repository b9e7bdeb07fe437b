#include <grpcwire/transport/io/tls_error.hpp>

namespace grpcwire::transport::io {
namespace {

struct tls_category_type final : std::error_category {
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override {
    switch (static_cast<tls_errc>(value)) {
      case tls_errc::wrong_name:
        return "the certificate is for another name";
      case tls_errc::expired:
        return "the certificate has expired";
      case tls_errc::not_yet_valid:
        return "the certificate is not valid yet";
      case tls_errc::unknown_authority:
        return "the certificate was issued by an unknown authority";
      case tls_errc::bad_certificate:
        return "the certificate is not acceptable";
      case tls_errc::refused_by_verifier:
        return "the certificate was refused by the program's own check";
      case tls_errc::no_certificate:
        return "the client showed no certificate";
      case tls_errc::no_alpn:
        return "the peer does not offer HTTP/2 (ALPN h2)";
      case tls_errc::peer_without_tls:
        return "the peer does not speak TLS";
      case tls_errc::closed_in_handshake:
        return "the peer closed the connection during the TLS handshake";
      case tls_errc::closed_at_once:
        return "the peer closed the connection right after the TLS handshake";
      case tls_errc::protocol_error:
        return "TLS protocol error";
    }
    return "unknown TLS error";
  }
};

struct alert_category_type final : std::error_category {
  const char* name() const noexcept override { return "tls_alert"; }
  std::string message(int value) const override {
    return "TLS alert from the peer: " + std::string(alert_name(value));
  }
  // close_notify is number 0, and an end, not success.
};

std::string_view advice_for_client(int alert) {
  switch (alert) {
    case 40:
      return "compare the TLS versions, cipher suites and key types of both sides";
    case 42:
    case 43:
    case 46:
    case 47:
    case 49:
      return "check the certificate of this client, and why the server refused it, in its log";
    case 44:
    case 45:
      return "renew the certificate of this client";
    case 48:
      return "use a client certificate from an authority that the server trusts";
    case 70:
      return "the server must allow TLS 1.2 or newer";
    case 112:
      return "connect by a name that the server knows, or set server_name";
    case 116:
      return "the server requires a client certificate: set tls_client_settings::identity";
    case 120:
      return "the server must offer HTTP/2: ALPN h2";
    default:
      return {};
  }
}

std::string_view advice_for_server(int alert) {
  switch (alert) {
    case 40:
      return "compare the TLS versions, cipher suites and key types of both sides";
    case 42:
    case 43:
    case 46:
    case 47:
      return "the client refused this server's certificate; its log says why";
    case 44:
    case 45:
      return "renew the certificate of this server";
    case 48:
      return "give the client the authority of this server's certificate, or let one issue it that "
             "the client trusts";
    case 70:
      return "the client must use TLS 1.2 or newer";
    default:
      return {};
  }
}

}  // namespace

const std::error_category& tls_category() noexcept {
  static const tls_category_type category;
  return category;
}

const std::error_category& tls_alert_category() noexcept {
  static const alert_category_type category;
  return category;
}

std::string_view alert_name(int alert) noexcept {
  switch (alert) {
    case 0:
      return "close_notify";
    case 10:
      return "unexpected_message";
    case 20:
      return "bad_record_mac";
    case 22:
      return "record_overflow";
    case 40:
      return "handshake_failure";
    case 42:
      return "bad_certificate";
    case 43:
      return "unsupported_certificate";
    case 44:
      return "certificate_revoked";
    case 45:
      return "certificate_expired";
    case 46:
      return "certificate_unknown";
    case 47:
      return "illegal_parameter";
    case 48:
      return "unknown_ca";
    case 49:
      return "access_denied";
    case 50:
      return "decode_error";
    case 51:
      return "decrypt_error";
    case 70:
      return "protocol_version";
    case 71:
      return "insufficient_security";
    case 80:
      return "internal_error";
    case 86:
      return "inappropriate_fallback";
    case 90:
      return "user_canceled";
    case 109:
      return "missing_extension";
    case 110:
      return "unsupported_extension";
    case 112:
      return "unrecognized_name";
    case 113:
      return "bad_certificate_status_response";
    case 115:
      return "unknown_psk_identity";
    case 116:
      return "certificate_required";
    case 120:
      return "no_application_protocol";
    default:
      return "unknown alert";
  }
}

tls_failure alert_failure(int alert, bool on_client) {
  return {.code = {alert, tls_alert_category()},
          .text = std::string("the ") + (on_client ? "server" : "client") +
                  " ended TLS with the alert " + std::string(alert_name(alert)) + " (" +
                  std::to_string(alert) + ")",
          .advice = std::string(on_client ? advice_for_client(alert) : advice_for_server(alert))};
}

}  // namespace grpcwire::transport::io
