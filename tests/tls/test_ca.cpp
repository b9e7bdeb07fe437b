#include "tests/support/test_ca.hpp"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <grpcwire/transport/io/tls_context_internal.hpp>

namespace grpcwire::tests {
namespace {

using transport::io::bio_ptr;
using transport::io::x509_ptr;
using pkey_ptr = std::unique_ptr<EVP_PKEY, transport::io::openssl_free<EVP_PKEY_free>>;

void check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("the test CA failed: ") + what);
}

std::string text_in(const bio_ptr& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

pkey_ptr new_key() {
  pkey_ptr key(EVP_EC_gen("P-256"));
  check(key != nullptr, "key");
  return key;
}

std::string pem(X509* certificate) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(out.get(), certificate) == 1, "certificate as PEM");
  return text_in(out);
}

std::string pem(EVP_PKEY* key) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "key as PEM");
  return text_in(out);
}

void set_common_name(X509_NAME* name, const std::string& text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  check(extension != nullptr, "extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

x509_ptr blank(EVP_PKEY* key, const std::string& common_name, std::chrono::hours begins,
               std::chrono::hours ends) {
  x509_ptr c(X509_new());
  X509_set_version(c.get(), 2);
  std::uint32_t serial = 0;
  check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial");
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(c.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(c.get()), std::chrono::seconds(begins).count());
  X509_gmtime_adj(X509_getm_notAfter(c.get()), std::chrono::seconds(ends).count());
  X509_set_pubkey(c.get(), key);
  set_common_name(X509_get_subject_name(c.get()), common_name);
  return c;
}

}  // namespace

struct test_ca::material {
  pkey_ptr key = new_key();
  x509_ptr root;
};

test_ca::test_ca(const std::string& common_name) : material_(std::make_unique<material>()) {
  using namespace std::chrono_literals;
  material_->root = blank(material_->key.get(), common_name, -240h, 240h);
  X509* const root = material_->root.get();
  X509_set_issuer_name(root, X509_get_subject_name(root));
  extend(root, root, NID_basic_constraints, "critical,CA:TRUE");
  extend(root, root, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(root, root, NID_subject_key_identifier, "hash");
  check(X509_sign(root, material_->key.get(), EVP_sha256()) != 0, "root");
  root_pem_ = pem(root);
}

test_ca::~test_ca() = default;

transport::io::tls_identity test_ca::issue(const certificate_wish& wish) const {
  const pkey_ptr key = new_key();
  const x509_ptr c = blank(key.get(), wish.common_name, wish.begins, wish.ends);
  X509* const root = material_->root.get();
  X509_set_issuer_name(c.get(), X509_get_subject_name(root));
  std::string names;
  for (const std::string& name : wish.names) names.append(names.empty() ? "" : ",").append(name);
  if (!names.empty()) extend(c.get(), root, NID_subject_alt_name, names);
  check(X509_sign(c.get(), material_->key.get(), EVP_sha256()) != 0, "certificate");
  return {.certificate_chain_pem = pem(c.get()), .private_key_pem = pem(key.get())};
}

}  // namespace grpcwire::tests
