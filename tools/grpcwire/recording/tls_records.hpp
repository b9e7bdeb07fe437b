// The outside of TLS (RFC 8446 §5.1): cuts one direction of a connection into records and says what
// can be seen of them without keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <grpcwire/codec/bytes.hpp>

#include "recording.hpp"

namespace grpcwire::tools {

namespace tls_type {
inline constexpr std::uint8_t change_cipher_spec = 20;
inline constexpr std::uint8_t alert = 21;
inline constexpr std::uint8_t handshake = 22;
inline constexpr std::uint8_t application_data = 23;
}  // namespace tls_type

/// Whether the bytes that a side sends begin like TLS.
bool begins_as_tls(codec::const_bytes bytes);
bool sends_tls(const recorded_connection& c, side sender);

struct tls_record {
  std::vector<std::uint8_t> bytes;  ///< the five of the header, and the fragment

  std::uint8_t type() const { return bytes[0]; }
  codec::const_bytes fragment() const { return codec::const_bytes(bytes).subspan(5); }
};

class tls_record_parser {
 public:
  /// Takes the next bytes, split anywhere.
  void feed(codec::const_bytes bytes) { rest_.insert(rest_.end(), bytes.begin(), bytes.end()); }
  /// The next whole record.
  std::optional<tls_record> next();

 private:
  std::vector<std::uint8_t> rest_;
};

/// `handshake: ClientHello`, `alert: fatal, unknown_ca`, `encrypted`.
std::string words(const tls_record& record);

/// The name of an alert in plain sight, when the record is one: `unknown_ca`. Nothing for alerts
/// that are encrypted.
std::optional<std::string> alert_name(const tls_record& record);

}  // namespace grpcwire::tools
