// OpenSSL's objects as owned values, and what all connections of one set of credentials share.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include <openssl/ssl.h>

#include <grpcwire/transport/io/tls.hpp>

namespace grpcwire::transport::io {

template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, openssl_free<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, openssl_free<SSL_free>>;
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, openssl_free<SSL_SESSION_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_free<BIO_free>>;
using bio_method_ptr = std::unique_ptr<BIO_METHOD, openssl_free<BIO_meth_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<X509_free>>;

/// What the check of the peer's certificate found; kept with its connection, by set_verdict().
struct tls_verdict {
  int error = 0;          ///< X509_V_ERR_…; 0: nothing wrong
  std::string refusal{};  ///< the verifier's words
  peer_certificate certificate{};
};
void set_verdict(SSL* ssl, tls_verdict& verdict);

/// The settings, digested. Lives as long as the connections that were made with it.
class tls_context {
 public:
  using pointer = std::shared_ptr<tls_context>;
  static codec::result<pointer, std::string> for_client(tls_client_settings settings);
  static codec::result<pointer, std::string> for_server(tls_server_settings settings);

  ssl_ptr new_connection() const { return ssl_ptr(SSL_new(context_.get())); }
  const BIO_METHOD* bio_method() const noexcept { return bio_method_.get(); }

  /// Client: whom the peer has to be. Goes on with an earlier session if there is one.
  void expect_peer(SSL* ssl, const std::string& name) const;
  bool checks_chain() const noexcept { return check_chain_; }

 private:
  tls_context();
  bool prepare(std::string& why);
  bool use_identity(const tls_identity& identity, std::string& why);
  bool trust(const std::string& pem, std::string_view what, std::string& why);
  void keep_sessions();
  ssl_session_ptr session_for(const std::string& server) const;
  void log_keys();
  static int verify(X509_STORE_CTX* store, void* self);
  static int new_session(SSL* ssl, SSL_SESSION* session);
  static int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                         const unsigned char* in, unsigned in_size, void* self);

  ssl_ctx_ptr context_;
  bio_method_ptr bio_method_;
  bool check_chain_ = true;
  bool check_name_ = false;
  tls_verifier verifier_;
  tls_key_log key_log_;

  mutable std::mutex sessions_mutex_;
  mutable std::unordered_map<std::string, ssl_session_ptr> sessions_;
};

/// What the certificate says.
peer_certificate describe_certificate(X509* certificate, const STACK_OF(X509) * chain);

/// The newest entry of OpenSSL's error queue as text; the queue is empty afterwards.
std::string take_openssl_error();

/// How the engine's bytes go through OpenSSL; tls_engine implements the functions.
bio_method_ptr make_bio_method();

}  // namespace grpcwire::transport::io
