// The failures of tls_engine in words: what happened, who did it, what to change.

#include <utility>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <grpcwire/transport/io/tls_engine_internal.hpp>

namespace grpcwire::transport::io {
namespace {

std::string joined(const peer_certificate& c) {
  std::string text;
  for (const auto* names : {&c.dns_names, &c.ip_addresses}) {
    for (const std::string& name : *names) {
      if (text.size() > 200) return text + ", …";
      text.append(text.empty() ? "" : ", ").append(name);
    }
  }
  return text.empty() ? "\"" + c.common_name + "\"" : text;
}

}  // namespace

std::string tls_engine::peer_named() const {
  return "the " + std::string(peer_word()) + " " + plain_->peer_address();
}

std::error_code tls_engine::fail(int ssl_error) {
  const unsigned long error = ERR_peek_last_error();
  if (failure_.code) return failure_.code;  // the first one is the reason of the others
  const bool ended = ssl_error == SSL_ERROR_ZERO_RETURN ||
                     (ssl_error == SSL_ERROR_SYSCALL && error == 0 &&
                      (!plain_error_ || plain_error_ == std::errc::connection_reset));
  if (ended && established_ && !heard_plain_text_) {
    failure_ = closed_at_once();
    return failure_.code;
  }
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  if (ssl_error == SSL_ERROR_SYSCALL && error == 0) {
    if (plain_error_) {
      failure_ = {.code = plain_error_, .text = plain_error_.message()};
    } else if (established_) {
      return asio::error::eof;
    } else {
      failure_ = {.code = tls_errc::closed_in_handshake,
                  .text = peer_named() + " closed the connection during the TLS handshake",
                  .advice = client_ ? "check that it expects TLS on this port, and read its log"
                                    : "the client may not trust this server, or not expect TLS"};
    }
  } else {
    failure_ = explain(error);
    if (failure_.code == tls_errc::peer_without_tls && !client_) {
      // OpenSSL just leaves. A client that speaks plaintext can tell by this alert
      // (protocol_version) what it should have done.
      out_.insert(out_.end(), {0x15, 3, 1, 0, 2, 2, SSL_AD_PROTOCOL_VERSION});
    }
  }
  ERR_clear_error();
  return failure_.code;
}

tls_failure tls_engine::explain(unsigned long error) const {
  const int reason = ERR_GET_REASON(error);
  // The peer's alerts come as 1000 + number.
  if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET) {
    return alert_failure(reason - SSL_AD_REASON_OFFSET, client_);
  }
  if (heard_ && !heard_tls_) {
    return {.code = tls_errc::peer_without_tls,
            .text = peer_named() + " does not speak TLS: its first bytes are no TLS record",
            .advice = client_ ? "leave the credentials out for a plaintext port, or use the "
                                "server's TLS port"
                              : "the client must use TLS on this port"};
  }
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return explain_certificate();
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    return {.code = tls_errc::no_certificate,
            .text = peer_named() + " showed no certificate, and this server requires one",
            .advice = "give the client a certificate (mutual TLS)"};
  }
  if (reason == SSL_R_NO_APPLICATION_PROTOCOL) {
    return {.code = tls_errc::no_alpn,
            .text = peer_named() + " offers other protocols in ALPN, but not HTTP/2 (h2)",
            .advice = "use a gRPC client on this port"};
  }
  const char* words = ERR_reason_error_string(error);
  return {.code = tls_errc::protocol_error,
          .text = "TLS with " + peer_named() +
                  " failed: " + (words != nullptr ? words : "unknown reason")};
}

/// Some servers, gRPC core's among them, do not say why they refuse a client's certificate. With
/// TLS 1.3 the client has ended its handshake by then. And some clients look at names only
/// afterwards.
tls_failure tls_engine::closed_at_once() const {
  tls_failure f{.code = tls_errc::closed_at_once,
                .text = peer_named() + " closed the connection right after the TLS handshake"};
  if (!client_) {
    f.advice = "the client may have refused this server's certificate or name; its log says why";
  } else if (!certificate_asked_) {
    f.advice = "check that a gRPC server (HTTP/2) listens there";
  } else if (SSL_get_certificate(ssl_.get()) == nullptr) {
    f.advice = "the server asked for a client certificate: set tls_client_settings::identity";
  } else {
    f.advice = "the server may not trust the certificate of this client; its log says why";
  }
  return f;
}

tls_failure tls_engine::explain_certificate() const {
  const peer_certificate& c = verdict_.certificate;
  const std::string start = "the certificate \"" + c.subject + "\" of " + peer_named();
  switch (verdict_.error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {.code = tls_errc::wrong_name,
              .text = start + " is for " + joined(c) + ", not for \"" + name_ + "\"",
              .advice = "connect by one of those names, or set tls_client_settings::server_name"};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {.code = tls_errc::expired,
              .text = start + " expired on " + c.not_after + " UTC",
              .advice = "renew it, or check this machine's clock"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {.code = tls_errc::not_yet_valid,
              .text = start + " is not valid before " + c.not_before + " UTC",
              .advice = "check this machine's clock"};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return {
          .code = tls_errc::unknown_authority,
          .text = start + " was issued by \"" + c.issuer + "\", which is none of the trusted roots",
          .advice = client_ ? "add that authority to tls_client_settings::roots_pem"
                            : "add that authority to tls_server_settings::client_roots_pem"};
    case X509_V_ERR_CERT_REJECTED:
      if (!verdict_.refusal.empty()) {
        return {.code = tls_errc::refused_by_verifier,
                .text = start + " was refused by this program: " + verdict_.refusal};
      }
      [[fallthrough]];
    default:
      return {
          .code = tls_errc::bad_certificate,
          .text = start + " is not acceptable: " + X509_verify_cert_error_string(verdict_.error)};
  }
}

}  // namespace grpcwire::transport::io
