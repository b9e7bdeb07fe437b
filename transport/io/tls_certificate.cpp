// A certificate in OpenSSL's form turned into plain text.

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <string>

#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <grpcwire/transport/io/tls_context_internal.hpp>

namespace grpcwire::transport::io {
namespace {

using bignum_ptr = std::unique_ptr<BIGNUM, openssl_free<BN_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, openssl_free<GENERAL_NAMES_free>>;

bio_ptr text_bio() {
  return bio_ptr(BIO_new(BIO_s_mem()));
}

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string text_of(const X509_NAME* name) {
  const bio_ptr out = text_bio();
  X509_NAME_print_ex(out.get(), name, 0,
                     XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  return text_in(out.get());
}

std::string text_of(const ASN1_STRING* text) {
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(text));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), size};
}

std::string time_text(const ASN1_TIME* time) {
  std::tm t{};
  if (ASN1_TIME_to_tm(time, &t) != 1) return {};
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &t)};
}

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text.push_back(digits[bytes[i] >> 4U]);
    text.push_back(digits[bytes[i] & 15U]);
  }
  return text;
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

std::string ip_text(const ASN1_STRING* address) {
  const int size = ASN1_STRING_length(address);
  if (size != 4 && size != 16) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(),
            text.size());
  return text.data();
}

void add_names(X509* certificate, peer_certificate& to) {
  const names_ptr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    switch (name->type) {
      case GEN_DNS:
        to.dns_names.push_back(text_of(name->d.dNSName));
        break;
      case GEN_IPADD:
        to.ip_addresses.push_back(ip_text(name->d.iPAddress));
        break;
      case GEN_URI:
        to.uris.push_back(text_of(name->d.uniformResourceIdentifier));
        break;
      case GEN_EMAIL:
        to.emails.push_back(text_of(name->d.rfc822Name));
        break;
      default:
        break;
    }
  }
}

std::string pem_of(X509* certificate) {
  const bio_ptr out = text_bio();
  PEM_write_bio_X509(out.get(), certificate);
  return text_in(out.get());
}

}  // namespace

peer_certificate describe_certificate(X509* certificate, const STACK_OF(X509) * chain) {
  peer_certificate d;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  d.subject = text_of(subject);
  d.common_name = common_name(subject);
  d.issuer = text_of(X509_get_issuer_name(certificate));
  const bignum_ptr serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  std::array<unsigned char, 64> bytes{};
  if (serial && BN_num_bytes(serial.get()) <= static_cast<int>(bytes.size())) {
    const int size = BN_bn2bin(serial.get(), bytes.data());
    d.serial_number = hexadecimal(bytes.data(), static_cast<std::size_t>(size));
  }
  d.not_before = time_text(X509_get0_notBefore(certificate));
  d.not_after = time_text(X509_get0_notAfter(certificate));
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), bytes.data(), &size) == 1) {
    d.sha256 = hexadecimal(bytes.data(), size);
  }
  add_names(certificate, d);
  d.pem.push_back(pem_of(certificate));
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509* const issuer = sk_X509_value(chain, i);
    if (X509_cmp(issuer, certificate) != 0) d.pem.push_back(pem_of(issuer));
  }
  return d;
}

}  // namespace grpcwire::transport::io
