#include "tls_error.hpp"

#include <algorithm>
#include <array>

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

// What to do about an alert that several of them share.
constexpr std::string_view negotiate =
    "compare the TLS versions, cipher suites and key types of both sides";
constexpr std::string_view client_certificate =
    "check the certificate of this client, and why the server refused it, in its log";
constexpr std::string_view server_certificate =
    "the client refused this server's certificate; its log says why";
constexpr std::string_view renew_client = "renew the certificate of this client";
constexpr std::string_view renew_server = "renew the certificate of this server";

struct alert_entry {
  int number;
  std::string_view name;
  std::string_view for_client{};  // what a client that hears it can do
  std::string_view for_server{};
};

constexpr std::array<alert_entry, 27> alerts = {{
    {0, "close_notify", {}, {}},
    {10, "unexpected_message", {}, {}},
    {20, "bad_record_mac", {}, {}},
    {22, "record_overflow", {}, {}},
    {40, "handshake_failure", negotiate, negotiate},
    {42, "bad_certificate", client_certificate, server_certificate},
    {43, "unsupported_certificate", client_certificate, server_certificate},
    {44, "certificate_revoked", renew_client, renew_server},
    {45, "certificate_expired", renew_client, renew_server},
    {46, "certificate_unknown", client_certificate, server_certificate},
    {47, "illegal_parameter", client_certificate, server_certificate},
    {48, "unknown_ca", "use a client certificate from an authority that the server trusts",
     "give the client the authority of this server's certificate, or let one issue it that the "
     "client trusts"},
    {49, "access_denied", client_certificate, {}},
    {50, "decode_error", {}, {}},
    {51, "decrypt_error", {}, {}},
    {70, "protocol_version", "the server must allow TLS 1.2 or newer",
     "the client must use TLS 1.2 or newer"},
    {71, "insufficient_security", {}, {}},
    {80, "internal_error", {}, {}},
    {86, "inappropriate_fallback", {}, {}},
    {90, "user_canceled", {}, {}},
    {109, "missing_extension", {}, {}},
    {110, "unsupported_extension", {}, {}},
    {112, "unrecognized_name", "connect by a name that the server knows, or set server_name", {}},
    {113, "bad_certificate_status_response", {}, {}},
    {115, "unknown_psk_identity", {}, {}},
    {116,
     "certificate_required",
     "the server requires a client certificate: set tls_client_settings::identity",
     {}},
    {120, "no_application_protocol", "the server must offer HTTP/2: ALPN h2", {}},
}};

alert_entry find_alert(int number) noexcept {
  const auto found = std::find_if(alerts.begin(), alerts.end(),
                                  [&](const alert_entry& a) { return a.number == number; });
  return found != alerts.end() ? *found : alert_entry{number, "unknown alert"};
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
  return find_alert(alert).name;
}

tls_failure alert_failure(int alert, bool on_client) {
  const alert_entry known = find_alert(alert);
  return {.code = {alert, tls_alert_category()},
          .text = std::string("the ") + (on_client ? "server" : "client") +
                  " ended TLS with the alert " + std::string(known.name) + " (" +
                  std::to_string(alert) + ")",
          .advice = std::string(on_client ? known.for_client : known.for_server)};
}

}  // namespace grpcwire::transport::io
