// Why a connection ended, as std::error_code.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>

namespace grpcwire::transport {

/// HTTP/2 error codes (RFC 9113 §7).
enum class http2_errc : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};
const std::error_category& http2_category() noexcept;
/// 0 (NO_ERROR) is not success here: it is the code of a GOAWAY that ended a connection.
inline std::error_code make_error_code(http2_errc e) noexcept {
  return {static_cast<int>(e), http2_category()};
}

/// Ends of a connection that are no HTTP/2 error code.
enum class transport_errc : std::uint8_t {
  closed_by_peer = 1,    ///< end of file without GOAWAY
  not_http2,             ///< the first bytes are no HTTP/2 connection preface
  shut_down,             ///< this side closed it on purpose
  connect_timeout,       ///< no connection within the connect timeout
  no_address,            ///< the name has no address
  bad_address,           ///< the text is no address
  peer_speaks_tls,       ///< the first bytes are a TLS record, and this side has no credentials
  keepalive_timeout,     ///< no byte came within the keepalive timeout after a PING
  too_many_connections,  ///< the server that was connected to takes no more
};
const std::error_category& transport_category() noexcept;
inline std::error_code make_error_code(transport_errc e) noexcept {
  return {static_cast<int>(e), transport_category()};
}

}  // namespace grpcwire::transport

template <>
struct std::is_error_code_enum<grpcwire::transport::http2_errc> : std::true_type {};
template <>
struct std::is_error_code_enum<grpcwire::transport::transport_errc> : std::true_type {};
