#include "tls_records.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace grpcwire::tools {
namespace {

constexpr std::size_t header_size = 5;

std::string_view handshake_name(std::uint8_t type) {
  switch (type) {
    case 1:
      return "ClientHello";
    case 2:
      return "ServerHello";
    case 4:
      return "NewSessionTicket";
    case 11:
      return "Certificate";
    case 12:
      return "ServerKeyExchange";
    case 13:
      return "CertificateRequest";
    case 14:
      return "ServerHelloDone";
    case 15:
      return "CertificateVerify";
    case 16:
      return "ClientKeyExchange";
    default:
      return "encrypted, or not known here";
  }
}

// RFC 8446 §6.
std::string alert_description(std::uint8_t code) {
  switch (code) {
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
    case 116:
      return "certificate_required";
    case 120:
      return "no_application_protocol";
    default:
      return fmt::format("alert {}", code);
  }
}

}  // namespace

bool begins_as_tls(codec::const_bytes bytes) {
  return bytes.size() >= 2 && (bytes[0] == tls_type::handshake || bytes[0] == tls_type::alert) &&
         bytes[1] == 3;
}

bool sends_tls(const recorded_connection& c, side sender) {
  std::vector<std::uint8_t> begin;
  for (const recorded_chunk& chunk : c.chunks) {
    if (chunk.sender != sender) continue;
    begin.insert(begin.end(), chunk.bytes.begin(), chunk.bytes.end());
    if (begin.size() >= 2) break;
  }
  return begins_as_tls(begin);
}

std::optional<tls_record> tls_record_parser::next() {
  if (rest_.size() < header_size) return std::nullopt;
  const std::size_t size = header_size + static_cast<std::size_t>(rest_[3] << 8 | rest_[4]);
  if (rest_.size() < size) return std::nullopt;
  const auto end = rest_.begin() + static_cast<std::ptrdiff_t>(size);
  tls_record record{{rest_.begin(), end}};
  rest_.erase(rest_.begin(), end);
  return record;
}

std::optional<std::string> alert_name(const tls_record& record) {
  // Two bytes are a plain alert; encryption makes it longer.
  if (record.type() != tls_type::alert || record.fragment().size() != 2) return std::nullopt;
  return alert_description(record.fragment()[1]);
}

std::string words(const tls_record& record) {
  switch (record.type()) {
    case tls_type::handshake:
      return fmt::format("handshake: {}", record.fragment().empty()
                                              ? "empty"
                                              : handshake_name(record.fragment()[0]));
    case tls_type::change_cipher_spec:
      return "change of the cipher: what follows is encrypted";
    case tls_type::alert:
      if (const auto alert = alert_name(record)) {
        return fmt::format("alert: {}, {}", record.fragment()[0] == 2 ? "fatal" : "warning",
                           *alert);
      }
      return "alert, encrypted";
    case tls_type::application_data:
      return "encrypted";
    default:
      return fmt::format("a record of type {}, which TLS does not have", record.type());
  }
}

}  // namespace grpcwire::tools
