#include <arpa/inet.h>
#include <array>
#include <fstream>
#include <sstream>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <grpcwire/transport/io/tls_context_internal.hpp>

namespace grpcwire::transport::io {
namespace {

constexpr std::size_t sessions_max = 256;
constexpr std::array<unsigned char, 3> alpn_h2 = {2, 'h', '2'};
// RFC 9113 §9.2.2: forward secrecy and AEAD. TLS 1.3 has nothing else.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

using pkey_ptr = std::unique_ptr<EVP_PKEY, openssl_free<EVP_PKEY_free>>;

bio_ptr memory_of(std::string_view text) {
  return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask on the terminal.
int give_passphrase(char* into, int size, int, void* text) {
  const auto& phrase = *static_cast<const std::string*>(text);
  if (phrase.empty() || phrase.size() > static_cast<std::size_t>(size)) return 0;
  phrase.copy(into, phrase.size());
  return static_cast<int>(phrase.size());
}

x509_ptr next_certificate(BIO* from) {
  return x509_ptr(PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

/// After the last certificate: true when there simply was none any more.
bool ended_well() {
  const unsigned long error = ERR_peek_last_error();
  const bool end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (error == 0) return "unknown reason";
  const char* reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "OpenSSL error " + std::to_string(error);
}

tls_context::tls_context() : bio_method_(make_bio_method()) {}

bool tls_context::prepare(std::string& why) {
  context_.reset(SSL_CTX_new(TLS_method()));
  if (!context_ || !bio_method_) {
    why = "OpenSSL cannot be used: " + take_openssl_error();
    return false;
  }
  SSL_CTX* const c = context_.get();
  SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(c, tls12_ciphers);
  SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                             SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Without automatic chains: authorities of clients are no part of this side's own chain.
  SSL_CTX_set_mode(c, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS |
                          SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(c, 1);
  SSL_CTX_set_app_data(c, this);
  SSL_CTX_set_cert_verify_callback(c, &tls_context::verify, this);
  return true;
}

bool tls_context::use_identity(const tls_identity& identity, std::string& why) {
  const bio_ptr chain = memory_of(identity.certificate_chain_pem);
  const x509_ptr own = next_certificate(chain.get());
  if (!own) {
    why = "the certificate is no PEM certificate: " + take_openssl_error();
    return false;
  }
  if (SSL_CTX_use_certificate(context_.get(), own.get()) != 1) {
    why = "the certificate cannot be used: " + take_openssl_error();
    return false;
  }
  while (const x509_ptr issuer = next_certificate(chain.get())) {
    SSL_CTX_add1_chain_cert(context_.get(), issuer.get());
  }
  if (!ended_well()) {
    why = "the certificate chain is broken: " + take_openssl_error();
    return false;
  }
  std::string phrase = identity.passphrase;
  const bio_ptr text = memory_of(identity.private_key_pem);
  const pkey_ptr key(PEM_read_bio_PrivateKey(text.get(), nullptr, &give_passphrase, &phrase));
  if (!key) {
    why = "the private key is no PEM key, or its passphrase is wrong: " + take_openssl_error();
    return false;
  }
  if (SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
    why = "the private key does not belong to the certificate: " + take_openssl_error();
    return false;
  }
  return true;
}

bool tls_context::trust(const std::string& pem, std::string_view what, std::string& why) {
  const bio_ptr all = memory_of(pem);
  std::size_t count = 0;
  while (const x509_ptr root = next_certificate(all.get())) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), root.get());
    // Only what servers tell the client: which authorities they accept.
    SSL_CTX_add_client_CA(context_.get(), root.get());
    ++count;
  }
  if (count != 0 && ended_well()) return true;
  why = std::string(what) + " are no PEM certificates: " + take_openssl_error();
  return false;
}

codec::result<tls_context::pointer, std::string> tls_context::for_client(tls_client_settings s) {
  pointer made(new tls_context);
  std::string why;
  if (!made->prepare(why)) return codec::unexpected{why};
  SSL_CTX* const c = made->context_.get();
  if (s.roots_pem.empty()) {
    SSL_CTX_set_default_verify_paths(c);
  } else if (!made->trust(s.roots_pem, "the roots", why)) {
    return codec::unexpected{why};
  }
  if (s.identity && !made->use_identity(*s.identity, why)) {
    return codec::unexpected{"client identity: " + why};
  }
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(c, alpn_h2.data(), alpn_h2.size());
  made->check_chain_ = s.check != server_check::none;
  made->check_name_ = s.check == server_check::name_and_chain;
  made->verifier_ = std::move(s.verify);
  made->key_log_ = std::move(s.key_log);
  made->log_keys();
  if (s.resume_sessions) made->keep_sessions();
  return made;
}

codec::result<tls_context::pointer, std::string> tls_context::for_server(tls_server_settings s) {
  pointer made(new tls_context);
  std::string why;
  if (!made->prepare(why)) return codec::unexpected{why};
  if (!made->use_identity(s.identity, why)) return codec::unexpected{"server identity: " + why};
  SSL_CTX* const c = made->context_.get();
  if (s.clients != client_check::none) {
    if (s.client_roots_pem.empty()) {
      return codec::unexpected{std::string(
          "client certificates are to be checked, but client_roots_pem names no authority")};
    }
    if (!made->trust(s.client_roots_pem, "the roots of clients", why))
      return codec::unexpected{why};
    const bool required = s.clients == client_check::required;
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
  }
  SSL_CTX_set_alpn_select_cb(c, &tls_context::select_alpn, nullptr);
  // Required for resumption with client certificates; sessions are of this context only anyway.
  constexpr std::array<unsigned char, 8> id = {'g', 'r', 'p', 'c', 'w', 'i', 'r', 'e'};
  SSL_CTX_set_session_id_context(c, id.data(), id.size());
  made->verifier_ = std::move(s.verify);
  made->key_log_ = std::move(s.key_log);
  made->log_keys();
  return made;
}

int tls_context::select_alpn(SSL*, const unsigned char** out, unsigned char* out_size,
                             const unsigned char* in, unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, alpn_h2.data(), alpn_h2.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void tls_context::log_keys() {
  if (!key_log_) return;
  SSL_CTX_set_keylog_callback(context_.get(), [](const SSL* ssl, const char* line) {
    static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->key_log_(line);
  });
}

void tls_context::keep_sessions() {
  SSL_CTX_set_session_cache_mode(context_.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context_.get(), &tls_context::new_session);
}

int tls_context::new_session(SSL* ssl, SSL_SESSION* session) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return 0;
  auto* self = static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const std::lock_guard lock(self->sessions_mutex_);
  if (self->sessions_.size() >= sessions_max && !self->sessions_.contains(name)) {
    self->sessions_.erase(self->sessions_.begin());
  }
  self->sessions_[name].reset(session);
  return 1;  // the reference is ours now
}

/// A TLS 1.3 ticket is for one use (RFC 8446 appendix C.4); the server sends new ones.
ssl_session_ptr tls_context::session_for(const std::string& server) const {
  const std::lock_guard lock(sessions_mutex_);
  const auto found = sessions_.find(server);
  if (found == sessions_.end()) return nullptr;
  ssl_session_ptr session = std::move(found->second);
  sessions_.erase(found);
  return session;
}

void tls_context::expect_peer(SSL* ssl, const std::string& name) const {
  if (is_address(name)) {  // has no place in SNI (RFC 6066 §3)
    if (check_name_) X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    return;
  }
  SSL_set_tlsext_host_name(ssl, name.c_str());
  if (check_name_) SSL_set1_host(ssl, name.c_str());
  if (const ssl_session_ptr session = session_for(name)) SSL_set_session(ssl, session.get());
}

int tls_context::verify(X509_STORE_CTX* store, void* self_pointer) {
  const auto* self = static_cast<const tls_context*>(self_pointer);
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* verdict = static_cast<tls_verdict*>(SSL_get_app_data(ssl));
  X509* const leaf = X509_STORE_CTX_get0_cert(store);
  verdict->certificate = describe_certificate(leaf, X509_STORE_CTX_get0_untrusted(store));
  if (self->check_chain_ && X509_verify_cert(store) != 1) {
    verdict->error = X509_STORE_CTX_get_error(store);
    // The culprit may be an intermediate certificate.
    if (X509* culprit = X509_STORE_CTX_get_current_cert(store); culprit != nullptr) {
      if (culprit != leaf) verdict->certificate = describe_certificate(culprit, nullptr);
    }
    return 0;
  }
  if (self->verifier_) {
    if (auto refusal = self->verifier_(verdict->certificate)) {
      verdict->refusal = *std::move(refusal);
      verdict->error = X509_V_ERR_CERT_REJECTED;
      X509_STORE_CTX_set_error(store, verdict->error);
      return 0;
    }
  }
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

void set_verdict(SSL* ssl, tls_verdict& verdict) {
  SSL_set_app_data(ssl, &verdict);
}

codec::result<std::string, std::string> read_pem_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    return codec::unexpected{"cannot read \"" + file + "\""};
  }
  codec::result<std::string, std::string> read;
  *read = text.str();
  return read;
}

}  // namespace grpcwire::transport::io
